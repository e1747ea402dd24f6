package sqlgen

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Dialect is how one engine says what engines say differently; everything else of the SQL is the same for all of them. DuckDB and Trino
// are the ones there are. What comes in as column, clock, list or text is an expression already, quoted where it has to be.
type Dialect interface {
	clauses
	times
	lists
	values
}

// clauses are the parts of a statement.
type clauses interface {
	// limit writes how many rows are returned after how many are left out; 0 is no bound.
	limit(b *builder, most, offset int)
	// same says that two keys of a type are equal, or both null, in a way by which the engine joins.
	same(x, y string, t query.Type) string
}

// times are expressions of instants.
type times interface {
	// timestamp and timestampTZ are the types of a wall clock and of an instant, to the microsecond.
	timestamp() string
	timestampTZ() string
	// utc is a time column as a wall clock in UTC.
	utc(column, storage, zone string) string
	// moved is a clock moved by seconds.
	moved(clock string, seconds int64) string
	// weekday is the function that counts days from Monday, which is 1.
	weekday() string
	// ticks is a time column as the whole ticks since 1970 in UTC, each as long as tick; over divides them.
	ticks(column, storage, zone string, tick time.Duration) string
	tick() time.Duration
	over() string
}

// lists are expressions of list columns.
type lists interface {
	// joined is a list as one text.
	joined(list string) string
	// length is how many values a list has, of which a null is none.
	length(list string) string
	// each writes the rows to aggregate with one more column for each list: a row stands there once for each different value.
	each(b *builder, from string, groups []query.Group, rows func() error) error
	// overlaps writes whether a list has one of some values.
	overlaps(b *builder, list string, values func() error) error
	// some writes whether a condition holds for one value of a list, which it gets by name.
	some(b *builder, list string, condition func(value string) error) error
}

// values are expressions of numbers and texts.
type values interface {
	// float is a column of floating-point numbers in double precision; what is infinite or no number is null.
	float(column string) string
	// added is a number column as it is added up: of floating-point numbers, what is infinite or no number makes the sum so, which is seen
	// on it; whole numbers are of the type of their sum.
	added(column string, t query.Type) string
	// finite says whether a floating-point number is one; null for null.
	finite(number string) string
	// onlyFinite makes a floating-point number null where it is not finite, written once before and after it.
	onlyFinite() (before, after string)
	// countIf counts the rows for which a condition holds, written once before and after it.
	countIf() (before, after string)
	// wholeSum is the type of a sum of whole numbers, which is wider than theirs where the engine has such a type.
	wholeSum() string
	// percentile is the aggregate by linear interpolation, to be written before and after the condition on its rows, to which condition is
	// added where it is not empty.
	percentile(column string, fraction float64) (before, condition, after string)
	// matches writes whether a text begins with another or contains it, without regard to case.
	matches(b *builder, op query.Op, text, value string)
}
