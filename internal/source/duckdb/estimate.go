package duckdb

import (
	"context"
	"os"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// estimate says how large the table, or the files that are imported into one, are; nil where that is not known.
func (s *Source) estimate(ctx context.Context, r query.Relation) *source.Estimate {
	if len(r.Files) > 0 {
		return s.estimateFiles(ctx, r)
	}
	out := &source.Estimate{Basis: "rows of the table, before filters"}
	name := r.Table[strings.LastIndex(r.Table, ".")+1:]
	if s.count(ctx, &out.Rows, "SELECT estimated_size FROM duckdb_tables() WHERE table_name = ? LIMIT 1", name) != nil {
		return nil // a view
	}
	return out
}

func (s *Source) estimateFiles(ctx context.Context, r query.Relation) *source.Estimate {
	paths, _, _, err := s.files(r)
	if err != nil {
		return nil
	}
	out := &source.Estimate{Parts: int64(len(paths)), Basis: "the files, which are imported once, before filters"}
	quoted := make([]string, len(paths))
	for i, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil
		}
		out.Bytes, quoted[i] = out.Bytes+info.Size(), quote(p)
	}
	if r.Format == "parquet" {
		if s.count(ctx, &out.Rows, "SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(["+strings.Join(quoted, ", ")+"])") != nil {
			return nil
		}
	}
	return out
}

// count reads the one number that a statement answers with.
func (s *Source) count(ctx context.Context, into *int64, text string, args ...any) error {
	return s.with(ctx, func(ctx context.Context, db *database) error {
		return db.QueryRowContext(ctx, text, args...).Scan(into)
	})
}
