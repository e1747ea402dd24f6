package duckdb

import (
	"context"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Exec runs a statement, as nothing of a catalog can.
func (s *Source) Exec(ctx context.Context, text string) error {
	return s.with(ctx, func(ctx context.Context, db *database) error {
		_, err := db.ExecContext(ctx, text)
		return ended(ctx, err)
	})
}

// Over calls ask as a query is asked over its relation's table.
func (s *Source) Over(ctx context.Context, q *query.Query, ask func() error) error {
	return s.with(ctx, func(ctx context.Context, db *database) error {
		return s.over(ctx, db, q, func(table) error { return ask() })
	})
}

// MostPrepared is how many statements a connection keeps.
const MostPrepared = mostPrepared

// Prepared is how many statements are kept.
func (s *Source) Prepared() (n int) {
	p := &s.db.prepared
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range p.of {
		n += len(list)
	}
	return n
}
