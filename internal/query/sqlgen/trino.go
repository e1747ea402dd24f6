package sqlgen

import (
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Trino is the SQL of Trino.
type Trino struct{}

var _ Dialect = Trino{}

func (Trino) limit(b *builder, most, offset int) {
	if offset > 0 {
		b.text(" OFFSET ").number(int64(offset))
	}
	if most > 0 {
		b.text(" LIMIT ").number(int64(most))
	}
}

// same compares by equality, the only thing that Trino joins by: of x and y, and of whether they are null.
func (Trino) same(x, y string, t query.Type) string {
	zero := "''"
	switch t {
	case query.Int:
		zero = "0"
	case query.Float:
		zero = "0e0"
	case query.Bool:
		zero = "FALSE"
	case query.Time:
		zero = "TIMESTAMP '1970-01-01 00:00:00'"
	case query.String:
	}
	return "coalesce(" + x + ", " + zero + ") = coalesce(" + y + ", " + zero + ") AND (" + x + " IS NULL) = (" + y + " IS NULL)"
}

func (Trino) timestamp() string { return "TIMESTAMP(6)" }

func (Trino) timestampTZ() string { return "TIMESTAMP(6) WITH TIME ZONE" }

func (t Trino) utc(column, storage, zone string) string {
	inUTC := func(instant string) string {
		return "CAST(" + instant + " AT TIME ZONE 'UTC' AS " + t.timestamp() + ")"
	}
	switch storage {
	case query.StorageTimestampTZ:
		return inUTC(column)
	case query.StorageEpochS:
		return inUTC("from_unixtime(CAST(" + column + " AS BIGINT))")
	case query.StorageEpochMS:
		return inUTC("from_unixtime(CAST(" + column + " AS BIGINT) / 1e3)")
	case query.StorageDate:
		column = "CAST(" + column + " AS " + t.timestamp() + ")" // a day begins at its zone's midnight
	}
	if query.Location(zone) == time.UTC {
		return column
	}
	return inUTC(t.later("with_timezone(" + column + ", " + literal(zone) + ")"))
}

// later is the instant at which a clock showed for the last time what it shows at another. Trino takes a clock that was put back, and so
// read twice, for the earlier time; it is the later one where the offset of two days on makes it read the same.
func (t Trino) later(instant string) string {
	const after = "(e + INTERVAL '2' DAY)"
	back := "3600 * (timezone_hour(e) - timezone_hour" + after + ") + 60 * (timezone_minute(e) - timezone_minute" + after + ")"
	moved, reads := "date_add('second', "+back+", e)", func(e string) string { return "CAST(" + e + " AS " + t.timestamp() + ")" }
	return "transform(ARRAY[" + instant + "], e -> if(" + reads(moved) + " = " + reads("e") + ", " + moved + ", e))[1]"
}

func (Trino) moved(clock string, seconds int64) string {
	return "date_add('second', " + strconv.FormatInt(seconds, 10) + ", " + clock + ")"
}

func (Trino) weekday() string { return "day_of_week" }

func (t Trino) ticks(column, storage, zone string, tick time.Duration) string {
	fine := tick < time.Millisecond
	switch {
	case storage == query.StorageEpochS && fine:
		return "CAST(" + column + " AS BIGINT) * 1000000"
	case storage == query.StorageEpochS:
		return "CAST(" + column + " AS BIGINT) * 1000"
	case storage == query.StorageEpochMS && fine:
		return "CAST(" + column + " AS BIGINT) * 1000"
	case storage == query.StorageEpochMS:
		return "CAST(" + column + " AS BIGINT)"
	case fine: // exact for as many microseconds as a double has whole numbers: to the year 2255
		return "CAST(round(to_unixtime(" + t.utc(column, storage, zone) + ") * 1e6) AS BIGINT)"
	}
	return "date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00', " + t.utc(column, storage, zone) + ")"
}

// tick is the finest unit in which Trino tells a difference as a whole number; finer edges take a double.
func (Trino) tick() time.Duration { return time.Millisecond }

func (Trino) over() string { return "/" }

func (Trino) joined(list string) string { return "array_join(" + list + ", chr(31))" }

func (Trino) length(list string) string {
	return "cardinality(filter(" + list + ", x -> x IS NOT NULL))"
}

func (Trino) each(b *builder, from string, groups []query.Group, rows func() error) error {
	b.text(" FROM (SELECT * FROM ", from)
	for i := range groups {
		b.text(" CROSS JOIN UNNEST(filter(array_distinct(", ident(groups[i].Field.Column), "), x -> x IS NOT NULL)) AS __of",
			strconv.Itoa(i), "(", ident(unnested(&groups[i])), ")")
	}
	if err := rows(); err != nil {
		return err
	}
	b.text(")")
	return nil
}

func (Trino) overlaps(b *builder, list string, values func() error) error {
	b.text("arrays_overlap(", list, ", ARRAY[")
	err := values()
	b.text("])")
	return err
}

func (Trino) some(b *builder, list string, condition func(value string) error) error {
	b.text("any_match(", list, ", x -> ")
	err := condition("x")
	b.text(")")
	return err
}

func (t Trino) float(column string) string {
	return "if(" + t.finite(column) + ", " + t.added(column, query.Float) + ")"
}

// added casts: sums and averages of a column of single precision or of decimals would stay so, and one of whole numbers would fail where it
// leaves their range on its way, though it may come back.
func (t Trino) added(column string, kind query.Type) string {
	if kind == query.Int {
		return "CAST(" + column + " AS " + t.wholeSum() + ")"
	}
	return "CAST(" + column + " AS DOUBLE)"
}

func (t Trino) finite(number string) string { return "is_finite(" + t.added(number, query.Float) + ")" }

func (Trino) onlyFinite() (before, after string) {
	return "transform(ARRAY[", "], v -> if(is_finite(v), v))[1]"
}

func (Trino) countIf() (before, after string) { return "count(*) FILTER (WHERE ", ")" }

func (Trino) wholeSum() string { return "DECIMAL(38, 0)" }

// percentile sorts the values of a group, since the aggregate that Trino has for it is approximate. It interpolates as DuckDB does, to the last digit.
func (t Trino) percentile(column string, fraction float64) (before, condition, after string) {
	at := "(" + float(fraction) + " * (cardinality(v) - 1))"
	low, high := "v[CAST(floor("+at+") AS INTEGER) + 1]", "v[CAST(ceil("+at+") AS INTEGER) + 1]"
	part := "(" + at + " - floor(" + at + "))"
	return "transform(ARRAY[array_sort(array_agg(" + t.added(column, query.Float) + ")", t.finite(column),
		")], v -> " + low + " * (1 - " + part + ") + " + high + " * " + part + ")[1]"
}

// matches compares in lower case, by what takes no pattern.
func (Trino) matches(b *builder, op query.Op, text, value string) {
	if op == query.Contains {
		b.text("strpos(lower(", text, "), lower(").bind(value, "VARCHAR").text(")) > 0")
		return
	}
	b.text("starts_with(lower(", text, "), lower(").bind(value, "VARCHAR").text("))")
}
