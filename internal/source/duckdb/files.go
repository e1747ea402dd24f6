package duckdb

import (
	"context"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

var _ source.Files = (*Source)(nil)

// OverFiles answers q over files below the data root without importing them: only the columns of q are read.
func (s *Source) OverFiles(ctx context.Context, q *query.Query, format string, paths []string) (*source.Result, error) {
	begin := s.cfg.Now()
	st, err := overFiles(q, format, paths)
	if err != nil {
		return nil, classify(err)
	}
	f, truncated, err := read(ctx, s.db, q, st)
	if err != nil {
		return nil, ended(ctx, fmt.Errorf("duckdb: query %s: %w", q.Dataset, err))
	}
	return &source.Result{
		Frame: f, AsOf: begin, Truncated: truncated,
		Stats: source.Stats{Rows: int64(f.Rows()), Elapsed: s.cfg.Now().Sub(begin)},
	}, nil
}

// ExplainFiles returns the SQL over the files and its arguments.
func (s *Source) ExplainFiles(q *query.Query, format string, paths []string) (source.Native, error) {
	st, err := overFiles(q, format, paths)
	if err != nil {
		return source.Native{}, classify(err)
	}
	return source.Native{Language: "sql", Text: st.SQL, Args: st.Args}, nil
}

func overFiles(q *query.Query, format string, paths []string) (*sqlgen.Statement, error) {
	from, err := reading(format, paths)
	if err != nil {
		return nil, err
	}
	return sqlgen.Compile(q, from)
}
