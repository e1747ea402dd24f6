// Package sqlgen compiles logical queries to the SQL of an engine (a Dialect) with bound parameters. Text of the result comes from the catalog (names,
// quoted) and from this package; whatever a request brought is an argument, never text.
package sqlgen

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Statement is SQL with its arguments by position.
type Statement struct {
	SQL  string
	Args []any
}

// builder writes SQL from left to right, so that arguments come in the order of their marks.
type builder struct {
	dialect Dialect
	sql     strings.Builder
	args    []any
	// known is what is known of the table; nil is nothing.
	known *Coarse
	// negated counts the negations around what is being written.
	negated int
	// tick is the unit of the buckets that are being written.
	tick time.Duration
}

func (b *builder) text(parts ...string) *builder {
	for _, p := range parts {
		b.sql.WriteString(p)
	}
	return b
}

// bind writes a mark, cast to the column's own type: a parameter of another type would have every row converted.
func (b *builder) bind(value any, sqlType string) *builder {
	b.sql.WriteString("CAST(? AS ")
	b.sql.WriteString(sqlType)
	b.sql.WriteByte(')')
	b.args = append(b.args, value)
	return b
}

// number writes a number of ours, such as a bucket's width; never one of a request.
func (b *builder) number(n int64) *builder {
	b.sql.WriteString(strconv.FormatInt(n, 10))
	return b
}

// each writes items with a separator between them.
func each[T any](b *builder, items []T, separator string, write func(i int, item T)) {
	for i, item := range items {
		if i > 0 {
			b.text(separator)
		}
		write(i, item)
	}
}

func ident(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// literal quotes a text of the catalog.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// instant writes t as a value that compares with a time column as it is kept.
func (b *builder) instant(t time.Time, storage, zone string) {
	switch storage {
	case query.StorageTimestampTZ:
		b.bind(t.UTC(), b.dialect.timestampTZ())
	case query.StorageDate:
		b.bind(query.Wall(t, zone).Format(time.DateOnly), "DATE")
	case query.StorageEpochS:
		b.bind(t.Unix(), "BIGINT")
	case query.StorageEpochMS:
		b.bind(t.UnixMilli(), "BIGINT")
	default:
		b.bind(query.Wall(t, zone), b.dialect.timestamp())
	}
}

// utc writes a time column as a wall clock in UTC.
func (b *builder) utc(column, storage, zone string) {
	b.text(b.dialect.utc(ident(column), storage, zone))
}
