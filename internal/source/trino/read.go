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
	rows, err := s.db.QueryContext(ctx, st.SQL, s.limits(ctx, q.Dataset, st.Args)...) //nolint:rowserrcheck // what Scanned returns checks it
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // an error of the rows has been told
	return sqlgen.Read(sqlgen.Scanned(rows), q, convert)
}
