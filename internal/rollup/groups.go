package rollup

import (
	"math"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// mapping says where a group's key comes from in a finer answer.
type mapping struct {
	column string // the finer answer's column, "" for none: the key is the same on all rows
	// table has the key by the column's value, a bucket's index; bins makes it of a number. Without them the value is taken as it is.
	table []any
	bins  *query.Bins
	key   any // where there is no column
}

// mappings finds each group of q in an answer to from.
func mappings(q, from *query.Query) ([]mapping, bool) {
	used := make([]bool, len(from.Groups))
	out := make([]mapping, len(q.Groups))
	for i := range q.Groups {
		m, ok := mapped(q, &q.Groups[i], from, used)
		if !ok {
			return nil, false
		}
		out[i] = m
	}
	for i, g := range from.Groups {
		if g.Field.Multi && !used[i] {
			return nil, false // a row is in several of its groups, and would be counted several times
		}
	}
	return out, true
}

func mapped(q *query.Query, g *query.Group, from *query.Query, used []bool) (mapping, bool) {
	for i := range from.Groups {
		if f := &from.Groups[i]; same(g, f, from.Range) {
			used[i] = true
			return mapping{column: f.Name}, true
		}
	}
	if g.Bins != nil {
		return binned(g, from, used)
	}
	if from.Time == nil || g.Field.Column != from.Time.Column || g.Buckets == nil && g.Part == "" || !whole(q) {
		return mapping{}, false
	}
	for i := range from.Groups {
		if f := &from.Groups[i]; f.Buckets != nil && f.Field == g.Field {
			table, ok := tableOf(g, f.Buckets.Edges, from.Range)
			used[i] = true
			return mapping{column: f.Name, table: table}, ok
		}
	}
	key, ok := keyOver(g, from.Range)
	return mapping{key: key}, ok
}

// binned makes bins of a group by the values.
func binned(g *query.Group, from *query.Query, used []bool) (mapping, bool) {
	plain := *g
	plain.Bins = nil
	for i := range from.Groups {
		if f := &from.Groups[i]; same(&plain, f, from.Range) && !g.Field.Multi {
			used[i] = true
			return mapping{column: f.Name, bins: g.Bins}, true
		}
	}
	return mapping{}, false
}

// binOf is the bin of a number.
func binOf(b *query.Bins, v any) any {
	f, ok := number(v)
	if !ok {
		return nil
	}
	return int64(min(max(math.Floor((f-b.Start)/b.Width), -1), float64(b.Count)))
}

// whole says that each row of a range is in exactly one of its buckets, and that instants tell in which.
func whole(q *query.Query) bool { return !query.Beside(q.Time.Storage, q.Time.Zone) }

// same says that two groups have the same keys over a range, whatever they are named.
func same(a, b *query.Group, over query.Range) bool {
	return sameKeys(a, b) && sameEdges(a.Buckets, b.Buckets) && (a.Part == "" || sameOffsets(clipped(a.Offsets, over), clipped(b.Offsets, over)))
}

// sameKeys is the part of it that no time goes into.
func sameKeys(a, b *query.Group) bool {
	return a.Field == b.Field && a.Part == b.Part && a.Storage == b.Storage && a.Zone == b.Zone && (a.Bins == nil) == (b.Bins == nil) && (a.Bins == nil || *a.Bins == *b.Bins)
}

func sameEdges(a, b *query.Buckets) bool {
	if a == nil || b == nil || a == b {
		return a == b
	}
	return slices.EqualFunc(a.Edges, b.Edges, time.Time.Equal)
}

func sameOffsets(a, b []query.Offset) bool {
	return slices.EqualFunc(a, b, func(x, y query.Offset) bool { return x.Seconds == y.Seconds && x.Until.Equal(y.Until) })
}

// clipped are the offsets that hold within a range, and until when; the last one holds to its end.
func clipped(offsets []query.Offset, over query.Range) []query.Offset {
	var out []query.Offset
	for _, o := range offsets {
		if !o.Until.IsZero() && !o.Until.After(over.From) {
			continue
		}
		if o.Until.IsZero() || !o.Until.Before(over.To) {
			return append(out, query.Offset{Seconds: o.Seconds})
		}
		out = append(out, o)
	}
	return out
}

// tableOf is the key of a group for each bucket; false where a bucket has rows of two keys.
func tableOf(g *query.Group, edges []time.Time, over query.Range) ([]any, bool) {
	if len(edges) == 0 {
		return nil, false
	}
	out := make([]any, len(edges)-1)
	at := 0 // the bucket of g that the last span was in: the next one is in it, too, or soon behind it
	for i := range out {
		span := over.And(query.Range{From: edges[i], To: edges[i+1]})
		if !span.From.Before(span.To) {
			continue // no row is in it
		}
		if g.Buckets != nil {
			if at = bucketOver(g.Buckets.Edges, at, span); at < 0 {
				return nil, false
			}
			out[i] = int64(at)
			continue
		}
		key, ok := keyOver(g, span)
		if !ok {
			return nil, false
		}
		out[i] = key
	}
	return out, true
}

// keyOver is the key that all instants of a span have; false where they have different ones.
func keyOver(g *query.Group, span query.Range) (any, bool) {
	if g.Buckets != nil {
		i := bucketOver(g.Buckets.Edges, 0, span)
		return int64(i), i >= 0
	}
	if span.To.Sub(span.From) > longest(g.Part) {
		return nil, false
	}
	key := partOf(g, span.From)
	if partOf(g, span.To.Add(-time.Microsecond)) != key {
		return nil, false
	}
	for _, o := range g.Offsets { // a clock that is changed within the span may show another key in between
		if o.Until.After(span.From) && o.Until.Before(span.To) && (partOf(g, o.Until.Add(-time.Microsecond)) != key || partOf(g, o.Until) != key) {
			return nil, false
		}
	}
	return key, true
}

// longest is how long a span of one key may be: no longer than from one of its kind to the next, so that its ends tell.
func longest(p query.Part) time.Duration {
	switch p {
	case query.Hour:
		return 2 * time.Hour
	case query.Weekday, query.Monthday:
		return 48 * time.Hour
	case query.Month:
	}
	return 32 * 24 * time.Hour
}

// bucketOver is the bucket that all of a span is in, looked for from one on, or -1. Buckets without width have none.
func bucketOver(edges []time.Time, i int, span query.Range) int {
	for i+2 < len(edges) && !span.From.Before(edges[i+1]) {
		i++
	}
	if i+1 >= len(edges) || span.From.Before(edges[i]) || !span.From.Before(edges[i+1]) || edges[i+1].Before(span.To) {
		return -1
	}
	return i
}

// partOf is a part of an instant's wall clock.
func partOf(g *query.Group, t time.Time) int64 {
	for _, o := range g.Offsets {
		if o.Until.IsZero() || t.Before(o.Until) {
			t = t.UTC().Add(time.Duration(o.Seconds) * time.Second)
			break
		}
	}
	switch g.Part {
	case query.Hour:
		return int64(t.Hour())
	case query.Weekday:
		return int64(t.Weekday()+6) % 7
	case query.Monthday:
		return int64(t.Day())
	case query.Month:
	}
	return int64(t.Month())
}
