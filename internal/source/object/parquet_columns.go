package object

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/parquet"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// wanted is what a query needs of one Parquet object.
type wanted struct {
	groups  []int
	columns []int
}

// want finds the columns and the row groups that a query needs.
func want(f *parquet.File, q *query.Query) wanted {
	var w wanted
	needed := q.Needs()
	at := -1
	for i, c := range f.Columns {
		if slices.ContainsFunc(needed, func(n query.Need) bool { return strings.EqualFold(rootOf(n.Column), c.Root) }) {
			w.columns = append(w.columns, i)
		}
		if q.Time != nil && strings.EqualFold(q.Time.Column, c.Root) {
			at = i
		}
	}
	for g := range f.Rows {
		if at < 0 || mayHold(f, g, at, q) {
			w.groups = append(w.groups, g)
		}
	}
	return w
}

// rootOf returns the column of a nested field.
func rootOf(column string) string {
	root, _, _ := strings.Cut(column, ".")
	return root
}

// mayHold says whether a row group may hold rows of the range, by the bounds that the file states for its time column.
func mayHold(f *parquet.File, group, column int, q *query.Query) bool {
	unit, ok := tickOf(f.Columns[column], q.Time.Storage)
	if !ok {
		return true
	}
	chunk := f.Chunk(group, column)
	if len(chunk.Min) != 8 || len(chunk.Max) != 8 {
		return true
	}
	slack := time.Duration(0)
	if q.Time.Zone != "" && q.Time.Zone != "UTC" {
		slack = 26 * time.Hour // a wall clock may be that far from UTC
	}
	from, to := q.Range.From.Add(-slack).UnixMicro(), q.Range.To.Add(slack).UnixMicro()
	least, most := toMicros(int64(binary.LittleEndian.Uint64(chunk.Min)), unit), toMicros(int64(binary.LittleEndian.Uint64(chunk.Max)), unit)
	return least < to && most >= from
}

// tickOf returns the duration of one step of a time column kept in 64 bits.
func tickOf(c parquet.Column, storage string) (time.Duration, bool) {
	if c.Type != parquet.Int64 {
		return 0, false
	}
	switch storage {
	case query.StorageEpochS:
		return time.Second, true
	case query.StorageEpochMS:
		return time.Millisecond, true
	}
	switch c.Unit {
	case parquet.Millis:
		return time.Millisecond, true
	case parquet.Micros:
		return time.Microsecond, true
	case parquet.Nanos:
		return time.Nanosecond, true
	case parquet.None:
	}
	return 0, false
}

func toMicros(n int64, unit time.Duration) int64 {
	if unit < time.Microsecond {
		return n / int64(time.Microsecond/unit)
	}
	scale := int64(unit / time.Microsecond)
	if n > math.MaxInt64/scale {
		return math.MaxInt64
	}
	if n < math.MinInt64/scale {
		return math.MinInt64
	}
	return n * scale
}
