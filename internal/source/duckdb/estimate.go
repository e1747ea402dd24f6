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
	row := s.db.QueryRowContext(ctx, "SELECT estimated_size FROM duckdb_tables() WHERE table_name = ? LIMIT 1", name)
	if row.Scan(&out.Rows) != nil {
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
		row := s.db.QueryRowContext(ctx, "SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(["+strings.Join(quoted, ", ")+"])")
		if row.Scan(&out.Rows) != nil {
			return nil
		}
	}
	return out
}
