package trino

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
)

// Headers that a statement sends as named arguments.
const (
	sessionHeader = "X-Trino-Session"
	infoHeader    = "X-Trino-Client-Info"
)

// maxRunTime is the property of a session that bounds a query, its wait in the queue included.
const maxRunTime = "query_max_run_time"

// grace is how much longer than its context a query may run on the cluster, which then ends it by itself.
const grace = time.Second

// limits returns a statement's arguments with the properties of its session: one of them is the time that it may take, so that a query
// ends on the cluster even where nobody is left to end it.
func (s *Source) limits(ctx context.Context, dataset string, args []any) []any {
	session := s.session
	if deadline, ok := ctx.Deadline(); ok && !strings.Contains(session, maxRunTime) {
		left := max(time.Until(deadline), 0) + grace
		if session != "" {
			session += ","
		}
		session += fmt.Sprintf("%s=%dms", maxRunTime, left.Milliseconds())
	}
	out := slices.Clip(args)
	if session != "" {
		out = append(out, sql.Named(sessionHeader, session))
	}
	return append(out, sql.Named(infoHeader, "dataset "+dataset))
}

// read runs a statement and collects its rows, up to the query's bound.
func (s *Source) read(ctx context.Context, q *query.Query, st *sqlgen.Statement) (f *frame.Frame, truncated bool, err error) {
	rows, err := s.db.QueryContext(ctx, st.SQL, s.limits(ctx, q.Dataset, st.Args)...)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // an error of the rows has been told
	columns := q.Columns()
	fields := make([]frame.Field, len(columns))
	for i, c := range columns {
		fields[i] = frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)}
	}
	b, err := frame.NewBuilder(fields...)
	if err != nil {
		return nil, false, err
	}
	b.Limit(q.MaxBytes)
	if truncated, err = collect(rows, columns, b, q.MaxRows); err != nil {
		return nil, false, err
	}
	return b.Frame(), truncated, nil
}

func collect(rows *sql.Rows, columns []query.ResultColumn, b *frame.Builder, most int) (truncated bool, err error) {
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	for n := 0; rows.Next(); n++ {
		if most > 0 && n >= most {
			return true, nil
		}
		if err := rows.Scan(into...); err != nil {
			return false, err
		}
		for i := range values {
			if values[i], err = convert(values[i], columns[i]); err != nil {
				return false, err
			}
		}
		if err := b.Append(values...); err != nil {
			return false, err
		}
	}
	return false, rows.Err()
}
