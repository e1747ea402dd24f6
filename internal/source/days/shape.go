package days

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
)

const (
	// columnStretch is the group of a query for blocks that tells their stretches of time apart.
	columnStretch = "stretch"
	// mostRows bounds the answer for all blocks that are not kept yet. Where there is more, nothing is kept, and the shape is remembered.
	mostRows = 50_000
)

// shape is what is kept of days for a query: its rows in its groups, by the parts of its measures, and by stretches of time as fine as it needs.
type shape struct {
	query *query.Query // without a range
	step  step
	key   Shape
	// keep is that of the query by which the shape was asked for.
	keep *query.Keep
	// wide says that the store has to compute more groups for it than for what was asked, however the days are divided.
	wide bool
}

// step is how fine the stretches are.
type step int

const (
	whole step = iota // a block
	daily
	hourly
)

// shapeOf returns what is kept for q over days; false where nothing that is kept by block, day or hour answers it.
func shapeOf(q *query.Query, days block, scope string) (*shape, bool) {
	finest, ok := rollup.Uncut(q)
	if !ok {
		return nil, false
	}
	of := *finest
	of.Keep, of.Range = nil, query.Range{}
	of.Share = nil // what is kept is computed for it, and not an earlier answer of which nobody knows the version
	of.Groups = slices.DeleteFunc(slices.Clone(finest.Groups), func(g query.Group) bool {
		return g.Field.Column == q.Time.Column && (g.Buckets != nil || g.Part != "")
	})
	for i := range of.Groups { // names come from widgets: what is kept for one serves all that ask the same
		of.Groups[i].Name = ""
		key := (&query.Query{Groups: of.Groups[i : i+1]}).Key()
		of.Groups[i].Name = "g" + hex.EncodeToString(key[:8])
	}
	slices.SortFunc(of.Groups, func(a, b query.Group) int { return cmp.Compare(a.Name, b.Name) })
	of.Groups = slices.CompactFunc(of.Groups, func(a, b query.Group) bool { return a.Name == b.Name })
	slices.SortFunc(of.Measures, func(a, b query.Measure) int { return cmp.Compare(a.Name, b.Name) })
	for _, step := range []step{whole, daily, hourly} {
		s := &shape{query: &of, step: step, keep: q.Keep, wide: q.Limit > 0 || len(finest.Groups) > len(q.Groups)}
		if _, ok := rollup.From(q, s.over([]block{days})); !ok {
			continue
		}
		rows := of
		rows.MaxRows, rows.MaxBytes, rows.MaxReadBytes, rows.Timeout = 0, 0, 0, 0
		s.key = sha256.Sum256(fmt.Appendf(nil, "%x %d %q %q %q", rows.Key(), step, scope, q.Keep.Zone, q.Keep.Version))
		return s, true
	}
	return nil, false
}

// over is the query for some neighboring blocks. Their stretches are numbered one after the other, none across the edge of a block; the rows come in any order.
func (s *shape) over(blocks []block) *query.Query {
	edges := blocks[0][:1:1]
	for _, b := range blocks {
		edges = append(edges, s.stretches(b)[1:]...)
	}
	return s.by(edges)
}

// by is the query for neighboring stretches. It tells them apart where there are several, or an answer by day or hour.
func (s *shape) by(edges []time.Time) *query.Query {
	q := *s.query
	q.Range = query.Range{From: edges[0], To: edges[len(edges)-1]}
	q.MaxRows = mostRows
	if s.step == whole && len(edges) == 2 {
		return &q
	}
	q.Groups = append(slices.Clone(q.Groups), query.Group{
		Name: columnStretch, Field: query.Field{Column: q.Time.Column, Type: query.Time}, Storage: q.Time.Storage, Zone: q.Time.Zone, Buckets: &query.Buckets{Edges: edges},
	})
	return &q
}

// stretches are the edges of a block's stretches.
func (s *shape) stretches(b block) []time.Time {
	switch s.step {
	case daily:
		return b
	case hourly:
		var out []time.Time
		for i, day := range b[:b.days()] {
			for t := day; t.Before(b[i+1]); t = t.Add(time.Hour) {
				out = append(out, t)
			}
		}
		return append(out, b[b.days()])
	case whole:
	}
	return []time.Time{b[0], b[b.days()]}
}

func (s *shape) keyOf(b block) Key { return Key{s.key, b.span()} }
