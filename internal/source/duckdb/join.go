package duckdb

import (
	"context"
	"fmt"
	"iter"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

var _ source.Joiner = (*Source)(nil)

// joinedTable names what the SQL of a join makes.
const joinedTable = "__joined"

// Join puts each input into a table of this computation's own, and runs q over the join's SQL.
func (s *Source) Join(ctx context.Context, q *query.Query, inputs []source.Input) (r *source.Result, err error) {
	err = s.with(ctx, func(ctx context.Context, db *database) error {
		r, err = s.join(ctx, db, q, inputs)
		return err
	})
	return r, err
}

func (s *Source) join(ctx context.Context, db *database, q *query.Query, inputs []source.Input) (*source.Result, error) {
	begin := s.cfg.Now()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, ended(ctx, fmt.Errorf("duckdb: join: %w", err))
	}
	defer func() { _ = conn.Close() }() // back to the pool
	for _, in := range inputs {
		_, drop, err := putRows(ctx, conn, in.Name, fieldsOf(in.Frame), rowsOf(in.Frame))
		defer drop()
		if err != nil {
			return nil, err
		}
	}
	st, err := joined(q)
	if err != nil {
		return nil, classify(err)
	}
	return s.answerOn(ctx, conn, q, st, once, begin, begin)
}

// ExplainJoin returns the SQL over the inputs.
func (s *Source) ExplainJoin(q *query.Query) (source.Native, error) {
	st, err := joined(q)
	if err != nil {
		return source.Native{}, classify(err)
	}
	return source.Native{Language: "sql", Text: st.SQL, Args: st.Args}, nil
}

// joined compiles q over the join's SQL, which holds no mark of its own.
func joined(q *query.Query) (*sqlgen.Statement, error) {
	return sqlgen.Over(sqlgen.DuckDB{}, q, joinedTable, &sqlgen.Statement{SQL: q.Relation.Join.SQL})
}

func fieldsOf(f *frame.Frame) []query.Field {
	fields := make([]query.Field, len(f.Fields()))
	for i, c := range f.Fields() {
		fields[i] = query.Field{Column: c.Name, Type: query.Type(c.Kind)}
	}
	return fields
}

func rowsOf(f *frame.Frame) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		row := make([]any, len(f.Fields()))
		for i := range f.Rows() {
			for j := range row {
				row[j] = f.At(j).Value(i)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}
