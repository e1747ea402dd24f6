package duckdb

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"iter"
	"strings"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

var _ source.Local = (*Source)(nil)

// The table that holds the rows of one computation, and where it is. It belongs to its connection, and goes with it.
const (
	rowsDatabase = "temp"
	rowsSchema   = "main"
	rowsTable    = "dispatcher_rows"
)

// Compute answers q over rows of another source: they are appended to a table of this computation's own, which DuckDB keeps
// within its memory limit and otherwise on disk, and the query runs over it.
func (s *Source) Compute(ctx context.Context, q *query.Query, fields []query.Field, rows iter.Seq2[[]any, error]) (r *source.Result, err error) {
	err = s.with(ctx, func(ctx context.Context, db *database) error {
		r, err = s.compute(ctx, db, q, fields, rows)
		return err
	})
	return r, err
}

func (s *Source) compute(ctx context.Context, db *database, q *query.Query, fields []query.Field, rows iter.Seq2[[]any, error]) (*source.Result, error) {
	begin := s.cfg.Now()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, ended(ctx, fmt.Errorf("duckdb: compute: %w", err))
	}
	defer func() { _ = conn.Close() }() // back to the pool
	scanned, drop, err := putRows(ctx, conn, rowsTable, fields, rows)
	defer drop()
	if err != nil {
		return nil, err
	}
	local := asKept(q)
	st, err := sqlgen.Compile(sqlgen.DuckDB{}, local, rowsTable)
	if err != nil {
		return nil, classify(err)
	}
	r, err := s.answerOn(ctx, conn, local, st, once, begin, begin)
	if err != nil {
		return nil, err
	}
	r.Stats.Scanned = scanned
	return r, nil
}

// putRows fills a new table of the connection's own; drop ends it.
func putRows(ctx context.Context, conn *sql.Conn, table string, fields []query.Field, rows iter.Seq2[[]any, error]) (n int64, drop func(), err error) {
	if _, err := conn.ExecContext(ctx, createRows(table, fields)); err != nil {
		return 0, func() {}, ended(ctx, fmt.Errorf("duckdb: make table %s: %w", table, err))
	}
	drop = func() {
		// A broken connection takes it along.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+rowsDatabase+"."+rowsSchema+"."+ident(table))
	}
	n, err = appendRows(ctx, conn, table, rows)
	return n, drop, err
}

func createRows(table string, fields []query.Field) string {
	var b strings.Builder
	b.WriteString("CREATE OR REPLACE TEMP TABLE " + ident(table) + " (")
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		// A dot in a store's own name of a column (a key below another) is a part of the name here.
		b.WriteString(`"` + strings.ReplaceAll(f.Column, `"`, `""`) + `" `)
		b.WriteString(columnType(f.Type, ""))
		if f.Multi {
			b.WriteString("[]")
		}
	}
	if len(fields) == 0 {
		b.WriteString("__none BOOLEAN") // rows are only counted
	}
	b.WriteString(")")
	return b.String()
}

// appendRows fills the table. Errors of the rows are their source's own.
func appendRows(ctx context.Context, conn *sql.Conn, table string, rows iter.Seq2[[]any, error]) (n int64, err error) {
	var theirs error
	err = conn.Raw(func(raw any) (err error) {
		c, ok := raw.(sqldriver.Conn)
		if !ok {
			return fmt.Errorf("unexpected connection %T", raw)
		}
		a, err := driver.NewAppender(c, rowsDatabase, rowsSchema, table)
		if err != nil {
			return err
		}
		defer func() {
			if closing := a.Close(); err == nil {
				err = closing
			}
		}()
		var values []sqldriver.Value
		for row, err := range rows {
			if err != nil {
				theirs = err
				return nil
			}
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			values = values[:0]
			for _, v := range row {
				values = append(values, v)
			}
			if len(row) == 0 {
				values = append(values, true)
			}
			if err := a.AppendRow(values...); err != nil {
				return err
			}
		}
		return nil
	})
	if theirs != nil {
		return n, theirs
	}
	if err != nil {
		return n, ended(ctx, fmt.Errorf("duckdb: append row %d to %s: %w", n, table, err))
	}
	if ctx.Err() != nil {
		return n, ended(ctx, ctx.Err())
	}
	return n, nil
}

// asKept returns q for rows whose times are instants, however their store keeps them.
func asKept(q *query.Query) *query.Query {
	const storage = query.StorageTimestamp
	out := *q
	if q.Tenant != nil {
		t := *q.Tenant
		out.Tenant = &t
	}
	if q.Time != nil {
		out.Time = &query.TimeField{Column: q.Time.Column, Storage: storage}
		out.Range = rangeAsKept(q)
	}
	out.Where = filterAsKept(q.Where, storage)
	out.Select = make([]query.Column, len(q.Select))
	for i, c := range q.Select {
		c.Storage, c.Zone = storage, ""
		out.Select[i] = c
	}
	out.Groups = make([]query.Group, len(q.Groups))
	for i, g := range q.Groups {
		if g.Buckets != nil && query.Beside(g.Storage, g.Zone) {
			g.Storage, g.Zone = storage, "Etc/UTC" // as UTC, but beside the buckets are rows still
			out.Groups[i] = g
			continue
		}
		g.Storage, g.Zone = storage, ""
		out.Groups[i] = g
	}
	out.Measures = measuresAsKept(q.Measures, storage)
	return &out
}

func measuresAsKept(list []query.Measure, storage string) []query.Measure {
	out := make([]query.Measure, len(list))
	for i, m := range list {
		m.Storage, m.Zone = storage, ""
		m.Where = filterAsKept(m.Where, storage)
		m.Inputs = measuresAsKept(m.Inputs, storage)
		out[i] = m
	}
	return out
}

func filterAsKept(f query.Filter, storage string) query.Filter {
	list := func(of []query.Filter) []query.Filter {
		out := make([]query.Filter, len(of))
		for i, x := range of {
			out[i] = filterAsKept(x, storage)
		}
		return out
	}
	switch f := f.(type) {
	case query.And:
		return query.And(list(f))
	case query.Or:
		return query.Or(list(f))
	case query.Not:
		return query.Not{Of: filterAsKept(f.Of, storage)}
	case query.Compare:
		return compareAsKept(f, storage)
	case *query.Compare:
		return compareAsKept(*f, storage)
	}
	return f
}

// rangeAsKept returns the range of wall clocks that read as its ends do, as instants: a clock that was put back reads the same twice.
// A range on days has every day that it touches, and a day is its midnight here.
func rangeAsKept(q *query.Query) query.Range {
	if q.Time.Storage == query.StorageDate {
		from := query.Wall(q.Range.From, q.Time.Zone).Truncate(24 * time.Hour)
		return query.Range{From: query.Instant(from, query.Location(q.Time.Zone)), To: q.Range.To}
	}
	if q.Time.Storage != "" && q.Time.Storage != query.StorageTimestamp {
		return q.Range
	}
	return query.Range{From: clockAsKept(q.Range.From, q.Time.Zone), To: clockAsKept(q.Range.To, q.Time.Zone)}
}

// clockAsKept returns the instant that a wall clock means which reads as it does at t.
func clockAsKept(t time.Time, zone string) time.Time {
	return query.Instant(query.Wall(t, zone), query.Location(zone))
}

// compareAsKept compares days with days, and wall clocks with what a clock reads: a column of dates holds its zone's midnights here.
func compareAsKept(c query.Compare, storage string) query.Compare {
	values := make([]any, len(c.Values))
	for i, v := range c.Values {
		t, ok := v.(time.Time)
		switch {
		case !ok:
		case c.Storage == query.StorageDate:
			v = query.Instant(query.Wall(t, c.Zone).Truncate(24*time.Hour), query.Location(c.Zone))
		case c.Storage == "" || c.Storage == query.StorageTimestamp:
			v = clockAsKept(t, c.Zone)
		}
		values[i] = v
	}
	c.Values = values
	c.Storage, c.Zone = storage, ""
	return c
}
