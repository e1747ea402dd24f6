package sqlgen

import (
	"fmt"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Coarse is what is known of a table that was made for questions: which of its columns have few values, and that its rows are in the order of their time. Rows are added up by such
// columns first, for which an engine needs no hashes, and what a query asks is made of the sums: bins of values, hours of quarters of them, conditions on a value of how often it is there.
type Coarse struct {
	// Time is the column that rows are in the order of; Hour and Quarter are those with their hours and their quarters of hours since 1970. Nil and "" where there is none.
	Time          *query.TimeField
	Hour, Quarter string
	// From and To are the first time and the one after the last; Rows is how many rows there are.
	From, To time.Time
	Rows     int64
	Columns  map[string]CoarseColumn
}

// CoarseColumn is what is known of a column of whole numbers or texts.
type CoarseColumn struct {
	Type query.Type
	// Values is how many there may be, nulls aside; 0 is many.
	Values int64
	// Code is a column with the member of an enumeration in place of each text; "" for numbers, which stand for themselves.
	Code string
	// Full says that it has no nulls; Small that the sum of all its numbers, whatever their signs, is one of 64 bits.
	Full, Small bool
}

// QuarterHour is what Coarse.Quarter counts: clocks of all zones are whole ones from UTC, those of most are whole hours, and buckets whose edges are neither are made of the rows. Before1970 is how long
// before 1970 a time may be, back to 1730.
const (
	QuarterHour = 15 * time.Minute
	Before1970  = 1 << 21 * time.Hour
)

// Bounds of what is added up by places in a table: CoarseBits is its size, as a power of two, and what the engine has to be told; mostBlocks is how many parts of a range are asked one by one.
const (
	CoarseBits = 16
	mostBlocks = 4
)

// Names of the columns that rows are added up to.
const (
	coarseCount = "__rows"
	coarseBlock = "__block"
	coarsePart  = "__part"
)

// CompileCoarse is Compile, in DuckDB's SQL, over a table that more is known of; c may be nil.
func CompileCoarse(q *query.Query, from string, c *Coarse) (*Statement, error) {
	b := &builder{dialect: DuckDB{}, known: c}
	if c != nil && !q.Rows && !q.Others {
		if p := c.plan(q); p != nil {
			if err := b.coarse(p, from); err != nil {
				return nil, err
			}
			return &Statement{SQL: b.sql.String(), Args: b.args}, nil
		}
	}
	return b.compile(q, from)
}

// CountOf is the number of the hour, or of another unit, since 1970 in which a time is. What is added and taken off makes it whole downwards before 1970, too.
func CountOf(t *query.TimeField, unit time.Duration) string {
	return fmt.Sprintf("CAST((%s + %d) // %d - %d AS INTEGER)", TicksOf(t), Before1970.Microseconds(), unit.Microseconds(), int64(Before1970/unit))
}

// TicksOf is a time in microseconds since 1970.
func TicksOf(t *query.TimeField) string {
	return DuckDB{}.ticks(ident(t.Column), t.Storage, t.Zone, time.Microsecond)
}

// fromCount is the beginning of a counted unit, as a column keeps times.
func fromCount(column string, unit time.Duration, storage string) string {
	times := func(n int64) string { return "CAST(" + ident(column) + " AS BIGINT) * " + strconv.FormatInt(n, 10) }
	switch storage {
	case query.StorageEpochS:
		return times(int64(unit / time.Second))
	case query.StorageEpochMS:
		return times(unit.Milliseconds())
	case query.StorageTimestampTZ:
		return "to_timestamp(" + times(int64(unit/time.Second)) + ")"
	}
	return "make_timestamp(" + times(unit.Microseconds()) + ")"
}
