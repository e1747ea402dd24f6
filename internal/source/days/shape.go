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
	key   [sha256.Size]byte
}

// step is how fine the stretches are.
type step int

const (
	whole step = iota // a block
	daily
	hourly
)

// shapeOf returns what is kept for q over blocks; false where nothing that is kept by block, day or hour answers it.
func shapeOf(q *query.Query, blocks []block, scope string) (*shape, bool) {
	finest, ok := rollup.Uncut(q)
	if !ok {
		return nil, false
	}
	of := *finest
	of.Keep, of.Range = nil, query.Range{}
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
		s := &shape{query: &of, step: step}
		if slices.ContainsFunc(blocks, func(b block) bool { _, ok := rollup.From(q, s.over([]block{b})); return !ok }) {
			continue
		}
		rows := of
		rows.MaxRows, rows.MaxBytes, rows.MaxReadBytes, rows.Timeout = 0, 0, 0, 0
		s.key = sha256.Sum256(fmt.Appendf(nil, "%x %d %q %q %q", rows.Key(), step, scope, q.Keep.Zone, q.Keep.Version))
		return s, true
	}
	return nil, false
}

// over is the query for some neighboring blocks. Their stretches come one after the other, none across the edge of a block.
func (s *shape) over(blocks []block) *query.Query {
	q := *s.query
	q.Range = query.Range{From: blocks[0].over().From, To: blocks[len(blocks)-1].over().To}
	q.MaxRows = mostRows
	if s.step == whole && len(blocks) == 1 {
		return &q
	}
	edges := []time.Time{q.Range.From}
	for _, b := range blocks {
		edges = append(edges, s.stretches(b)[1:]...)
	}
	q.Groups = append(slices.Clone(q.Groups), query.Group{
		Name: columnStretch, Field: query.Field{Column: q.Time.Column, Type: query.Time}, Storage: q.Time.Storage, Zone: q.Time.Zone, Buckets: &query.Buckets{Edges: edges},
	})
	q.Order = []query.Order{{Name: columnStretch}} // the rows of a block are together
	return &q
}

// stretches are the edges of a block's stretches.
func (s *shape) stretches(b block) []time.Time {
	switch s.step {
	case daily:
		return b.edges
	case hourly:
		var out []time.Time
		for i, day := range b.edges[:len(b.edges)-1] {
			for t := day; t.Before(b.edges[i+1]); t = t.Add(time.Hour) {
				out = append(out, t)
			}
		}
		return append(out, b.over().To)
	case whole:
	}
	return []time.Time{b.over().From, b.over().To}
}

// keyOf names what is kept of a block.
func (s *shape) keyOf(b block) Key {
	return sha256.Sum256(fmt.Appendf(nil, "%x %d %d", s.key, b.first, len(b.edges)))
}
