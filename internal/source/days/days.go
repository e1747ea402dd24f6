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

// holds says that an entry is not too old yet.
func (e *Entry) holds(keep *query.Keep, now time.Time) bool {
	return keep.MaxAge <= 0 || now.Sub(e.At) <= keep.MaxAge
}

// Store keeps entries, as many as it has room for. It loses any of them at any time, and never returns what is not what was put.
type Store interface {
	Get(ctx context.Context, key Key) (Entry, bool)
	Put(ctx context.Context, key Key, e Entry)
}

// Source is a source whose days that are over are kept.
type Source struct {
	source.Source
	scope string
	store Store
	now   func() time.Time

	mu     sync.Mutex
	shapes map[[sha256.Size]byte]asked
}

// asked is what is known of a shape: the range that it was last asked for, or that it has too many groups to be kept.
type asked struct {
	over  query.Range
	dense bool
}

// maxShapes bounds what is remembered: a request may describe widgets of any groups.
const maxShapes = 4096

// New keeps the days of a source in a store, which sources may share: scope is a text of this one alone. The result has the abilities that the source has.
func New(inner source.Source, scope string, store Store, now func() time.Time) source.Source {
	s := &Source{Source: inner, scope: scope, store: store, now: now, shapes: make(map[[sha256.Size]byte]asked)}
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
	shape, ok := shapeOf(q, blocks, s.scope)
	merge, made := rollup.NewMerge(&alone)
	if !ok || !made || !s.worth(shape, q.Range) {
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

// worth says whether a query's days are kept. By day or hour they cost nothing more than the answer. In other groups the answer for several blocks has those groups for each of them, which pays where the
// blocks are used again: when most of the range was asked before, as of a range that moves with the days. Where there turned out to be too many groups nothing is kept.
func (s *Source) worth(of *shape, over query.Range) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, met := s.shapes[of.key]
	if before.dense {
		return false
	}
	if !met && len(s.shapes) >= maxShapes {
		clear(s.shapes)
	}
	s.shapes[of.key] = asked{over: over}
	return of.step != whole || met && 2*lasting(over.And(before.over)) >= lasting(over)
}

func lasting(r query.Range) time.Duration { return r.To.Sub(r.From) }

func (s *Source) setDense(of *shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shapes[of.key] = asked{dense: true}
}
