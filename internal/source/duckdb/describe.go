package duckdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Describe returns the columns of a relation.
func (s *Source) Describe(ctx context.Context, r query.Relation) ([]query.Field, error) {
	from := s.tableOf(r)
	if len(r.Files) > 0 {
		paths, _, _, err := s.files(r)
		if err != nil {
			return nil, err
		}
		if from, err = reading(r.Format, paths, ""); err != nil {
			return nil, classify(err)
		}
	}
	var out []query.Field
	err := s.with(ctx, func(ctx context.Context, db *database) (err error) {
		out, err = describe(ctx, db, from)
		return err
	})
	return out, err
}

func describe(ctx context.Context, db *database, from string) ([]query.Field, error) {
	columns, err := columnsOf(ctx, db, from)
	out := make([]query.Field, len(columns))
	for i, c := range columns {
		out[i] = fieldOf(c.name, c.kind)
	}
	return out, err
}

// column is one of a relation, and its type as DuckDB names it.
type column struct{ name, kind string }

func columnsOf(ctx context.Context, db *database, from string) ([]column, error) {
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+from+")")
	if err != nil {
		return nil, classify(fmt.Errorf("duckdb: describe: %w", err))
	}
	defer rows.Close()
	var out []column
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.name, &c.kind); err != nil {
			return nil, classify(fmt.Errorf("duckdb: describe: %w", err))
		}
		out = append(out, c)
	}
	return out, classify(rows.Err())
}

// fieldOf maps DuckDB's type names to ours.
func fieldOf(name, kind string) query.Field {
	f := query.Field{Column: name}
	kind, f.Multi = strings.CutSuffix(kind, "[]")
	switch {
	case strings.HasPrefix(kind, "TIMESTAMP"), kind == "DATE":
		f.Type = query.Time
	case strings.HasSuffix(kind, "INT"), kind == "INTEGER", kind == "UINTEGER":
		f.Type = query.Int
	case kind == "DOUBLE", kind == "FLOAT", strings.HasPrefix(kind, "DECIMAL"):
		f.Type = query.Float
	case kind == "BOOLEAN":
		f.Type = query.Bool
	default:
		f.Type = query.String
	}
	return f
}
