// Package days answers queries over long ranges from days that are over: what was computed of them is kept, merged for any range, and only what is not kept is asked of the
// store. A query says by its Keep which days are over; without it nothing is kept.
package days

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Key names an entry of a store. Everything that decides what is in it is in the key: the rows with their tenant and filters, the groups, the parts, the zone, the days and
// the version of the data.
type Key [sha256.Size]byte

// Entry is the answer for a block of days, and when it was computed.
type Entry struct {
	Frame *frame.Frame
	At    time.Time
}

// Store keeps entries, as many as it has room for. It loses any of them at any time, and never returns what is not what was put.
type Store interface {
	Get(ctx context.Context, key Key) (Entry, bool)
	Put(ctx context.Context, key Key, e Entry)
}

// Source is a source whose days that are over are kept.
type Source struct {
	source.Source
	store Store
	now   func() time.Time

	mu    sync.Mutex
	dense map[[sha256.Size]byte]bool // shapes with too many groups to be kept
}

// maxDense bounds what is remembered: a request may describe widgets of any groups.
const maxDense = 4096

// New keeps the days of a source in a store. The result has the abilities that the source has.
func New(inner source.Source, store Store, now func() time.Time) source.Source {
	s := &Source{Source: inner, store: store, now: now, dense: make(map[[sha256.Size]byte]bool)}
	return source.AbilitiesOf(inner).On(s)
}

// Query answers q from the days that are kept, and asks for the others.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	if q.Keep == nil {
		return s.Source.Query(ctx, q)
	}
	alone := *q
	alone.Keep = nil
	if !keeps(q) {
		return s.Source.Query(ctx, &alone)
	}
	blocks := blocksOf(q.Keep.Days, q.Keep.Zone)
	shape, ok := shapeOf(q, blocks)
	merge, made := rollup.NewMerge(&alone)
	if !ok || !made || s.isDense(shape) {
		return s.Source.Query(ctx, &alone)
	}
	m := &merging{source: s, shape: shape, q: &alone, merge: merge}
	result, err := m.run(ctx, q.Keep, blocks)
	if err != nil && fault.ClassOf(err) == fault.Permanent && ctx.Err() == nil {
		return s.Source.Query(ctx, &alone) // the parts may be refused where the whole is not: a sum of one that is too large, an answer of too many bytes
	}
	return result, err
}

// keeps says whether days of a query's answer can be kept at all: rows that are where they are for every range, told apart by instants.
func keeps(q *query.Query) bool {
	r := &q.Relation
	return q.Time != nil && len(q.Keep.Days) > 1 && r.Join == nil && r.Union == nil && r.Native == nil && r.Call == nil && !query.Beside(q.Time.Storage, q.Time.Zone)
}

func (s *Source) isDense(of *shape) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dense[of.key]
}

func (s *Source) setDense(of *shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.dense) >= maxDense {
		clear(s.dense)
	}
	s.dense[of.key] = true
}
