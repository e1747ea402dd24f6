package trino

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Describe returns the columns of a table.
func (s *Source) Describe(ctx context.Context, r query.Relation) ([]query.Field, error) {
	from, err := s.table(r.Table)
	if err != nil {
		return nil, err
	}
	ctx, run := s.watch.begin(ctx, 0)
	defer run.end(ctx)
	rows, err := s.db.QueryContext(ctx, "SELECT * FROM "+from+" LIMIT 0", s.limits(ctx, r.Table, nil)...)
	if err != nil {
		return nil, classify(ctx, fmt.Errorf("trino: describe %s: %w", r.Table, err))
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.ColumnTypes()
	if err = errors.Join(err, rows.Err()); err != nil {
		return nil, classify(ctx, fmt.Errorf("trino: describe %s: %w", r.Table, err))
	}
	out := make([]query.Field, 0, len(columns))
	for _, c := range columns {
		out = append(out, fieldOf(c.Name(), c.DatabaseTypeName()))
	}
	return out, nil
}

// fieldOf returns a column by the name of its type.
func fieldOf(name, kind string) query.Field {
	f := query.Field{Column: name, Type: query.String}
	if of, ok := strings.CutPrefix(kind, "ARRAY("); ok {
		f.Multi, kind = true, of
	}
	switch kind, _, _ = strings.Cut(strings.TrimSuffix(kind, ")"), "("); kind {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT":
		f.Type = query.Int
	case "REAL", "DOUBLE", "DECIMAL":
		f.Type = query.Float
	case "BOOLEAN":
		f.Type = query.Bool
	case "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		f.Type = query.Time
	}
	return f
}
