package duckdb

import "context"

// Exec runs a statement, as nothing of a catalog can.
func (s *Source) Exec(ctx context.Context, text string) error {
	return s.with(ctx, func(ctx context.Context, db *database) error {
		_, err := db.ExecContext(ctx, text)
		return ended(ctx, err)
	})
}
