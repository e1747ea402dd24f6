package rollup

import (
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// ColumnSpan is the bucket column of a query that Spans has made.
const ColumnSpan = "span"

// maxSpans bounds the buckets that several widgets are made of, maxRuns the stretches of them that have different widths: each is a comparison for each row.
const (
	maxSpans = 2500
	maxRuns  = 16
)

// Uncut returns the query for all groups of q by the parts of its measures, and by the values that these need; false where they are not made of parts.
func Uncut(q *query.Query) (*query.Query, bool) {
	parts, ok := PartsOf(q.Measures)
	if !ok || q.Rows {
		return nil, false
	}
	out := *q
	out.Measures = parts.Measures
	out.Groups = slices.Concat(q.Groups, parts.Values)
	out.Order, out.AnyOrder, out.Limit, out.Offset, out.Others, out.Total = nil, true, 0, 0, false, false
	return &out, true
}

// Timed says that q groups by nothing but its time, if by anything.
func Timed(q *query.Query) bool {
	return q.Time != nil && !slices.ContainsFunc(q.Groups, func(g query.Group) bool {
		return g.Field.Column != q.Time.Column || g.Buckets == nil && g.Part == ""
	})
}

// Spans returns a grouping by stretches of time none of which has rows of two groups of any of the queries, which are Timed over one range. False says that
// there would be too many.
func Spans(queries []*query.Query) (query.Group, bool) {
	first := queries[0]
	var at []int64
	mark := func(t time.Time) { at = append(at, t.UnixMicro()) }
	for _, q := range queries {
		if !whole(q) {
			return query.Group{}, false
		}
		for i := range q.Groups {
			g := &q.Groups[i]
			if g.Buckets != nil {
				for _, e := range g.Buckets.Edges {
					mark(e)
				}
			} else {
				turns(g, q.Range, mark)
			}
			slices.Sort(at)
			if at = slices.Compact(at); len(at) > maxSpans+1 {
				return query.Group{}, false
			}
		}
	}
	mark(first.Range.From)
	mark(first.Range.To)
	slices.Sort(at)
	edges := make([]time.Time, 0, len(at))
	for _, us := range slices.Compact(at) {
		if t := time.UnixMicro(us).UTC(); !t.Before(first.Range.From) && !t.After(first.Range.To) {
			edges = append(edges, t)
		}
	}
	b := &query.Buckets{Edges: edges}
	if len(edges) < 2 || len(edges) > maxSpans+1 || len(b.Runs()) > maxRuns {
		return query.Group{}, false
	}
	return query.Group{
		Name: ColumnSpan, Field: query.Field{Column: first.Time.Column, Type: query.Time}, Storage: first.Time.Storage, Zone: first.Time.Zone, Buckets: b,
	}, true
}

// turns marks the instants of a range at which a part of the wall clock may change: each hour, or each midnight, and where the clock is changed.
func turns(g *query.Group, over query.Range, mark func(time.Time)) {
	step := 24 * time.Hour
	if g.Part == query.Hour {
		step = time.Hour
	}
	from := over.From
	for _, o := range clipped(g.Offsets, over) {
		to := over.To
		if !o.Until.IsZero() {
			to = o.Until
			mark(to)
		}
		offset := time.Duration(o.Seconds) * time.Second
		for t, n := from.Add(offset).Truncate(step).Add(-offset), 0; t.Before(to) && n <= maxSpans; t, n = t.Add(step), n+1 {
			if t.After(from) {
				mark(t)
			}
		}
		from = to
	}
}
