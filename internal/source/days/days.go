// Package days answers queries over long ranges from days that are over: what was computed of them is kept, merged for any range, and only what is not kept is asked of the
// store. A query says by its Keep which days are over; without it nothing is kept.
package days

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Source is a source whose days that are over are kept.
type Source struct {
	source.Source
	Origin
	Options

	mu     sync.Mutex
	shapes map[Shape]asked
}

// Origin is a source as what is kept of it knows it.
type Origin struct {
	// Scope is a text of this source alone.
	Scope string
	// Versions tells the state of the source's rows: what was kept of another one is computed anew. Nil where nothing can be told.
	Versions source.Versioner
	// Changes tells it of datasets that say what tells it. Nil where none does.
	Changes Changes
	// Embedded says that it computes in this process: to ask for a day once more costs nobody anything when nothing else is asked.
	Embedded bool
}

// Changes tells the state of rows by what a dataset says.
type Changes interface {
	// Version returns another text where rows between edges have changed.
	Version(ctx context.Context, of *query.Changes, edges []time.Time) (string, error)
}

// Options are what sources share.
type Options struct {
	Store Store
	// Upkeep divides anew what is kept, after answers have been given; nil leaves it as it was asked for.
	Upkeep *Upkeep
	Now    func() time.Time
	// Purged returns another text for a dataset when nothing counts any more that was kept of it; nil where that never is.
	Purged func(dataset string) string
	// PurgedDays does the same for a tenant's rows of some days; nil where that never is.
	PurgedDays func(dataset, tenant string, over query.Range) string
	// Observe is told of each answer over days that are over how many of them were kept, and how many computed; nil is not.
	Observe func(dataset string, kept, computed int)
}

func (o *Options) observe(q *query.Query, kept int) {
	if o.Observe != nil {
		o.Observe(q.Dataset, kept, max(0, len(q.Keep.Days)-1-kept))
	}
}

func (o *Options) purged(dataset string) string {
	if o.Purged == nil {
		return ""
	}
	return o.Purged(dataset)
}

// version is the state of the rows of some days that q reads from a source: what the source tells, what the dataset says that tells it, and what was purged.
func (o *Options) version(ctx context.Context, from *Origin, q *query.Query, keep *query.Keep, days block) (text string, err error) {
	if from.Versions != nil {
		if text, err = from.Versions.Version(ctx, q); err != nil {
			return "", err
		}
	}
	if from.Changes != nil && keep.Changes != nil {
		told, err := from.Changes.Version(ctx, keep.Changes, days)
		if err != nil {
			return "", err
		}
		text += " " + told
	}
	if o.PurgedDays != nil {
		text += o.PurgedDays(q.Dataset, keep.Tenant, query.Range{From: days[0], To: days[days.days()]})
	}
	return text, nil
}

// asked is what is known of a shape: the ranges that it was asked for last (a comparison asks for two in turn), or that it has too many groups to be kept.
type asked struct {
	over  [4]query.Range
	dense bool
	again bool // it was asked for before, for much the same days
}

// maxShapes bounds what is remembered: a request may describe widgets of any groups.
const maxShapes = 4096

// New keeps the days of a source. The result has the abilities that the source has.
func New(inner source.Source, of Origin, with Options) source.Source {
	s := &Source{Source: inner, Origin: of, Options: with, shapes: make(map[Shape]asked)}
	return source.AbilitiesOf(inner).On(s)
}

// Query answers q from the days that are kept, and asks for the others.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	if q.Keep == nil {
		return s.Source.Query(ctx, q)
	}
	alone := *q
	alone.Keep = nil
	version, err := s.version(ctx, &s.Origin, &alone, q.Keep, q.Keep.Days)
	if err != nil {
		return s.Source.Query(ctx, &alone) // which says what is wrong
	}
	r, err := s.query(ctx, q, &alone)
	if err != nil {
		return nil, err
	}
	s.observe(q, r.Stats.Kept)
	out := *r
	out.Version = version
	return &out, nil
}

// query answers q, which is alone where nothing is kept.
func (s *Source) query(ctx context.Context, q, alone *query.Query) (*source.Result, error) {
	if !keeps(q) {
		return s.Source.Query(ctx, alone)
	}
	defer s.Upkeep.begin()() //nolint:contextcheck // upkeep outlives the answer
	m, ok := s.merging(ctx, q, alone, s.worth)
	if !ok {
		return s.Source.Query(ctx, alone)
	}
	result, err := m.run(ctx)
	if err != nil && fault.ClassOf(err) == fault.Permanent && ctx.Err() == nil {
		return s.Source.Query(ctx, alone) // the parts may be refused where the whole is not: a sum of one that is too large, an answer of too many bytes
	}
	return result, err
}

// merging is how q, which is alone where nothing is kept, is made of its days; false where it is not, or not worth it.
func (s *Source) merging(ctx context.Context, q, alone *query.Query, worth func(*shape, query.Range) bool) (*merging, bool) {
	days := block(q.Keep.Days)
	shape, ok := shapeOf(q, days, s.Scope+" "+s.purged(q.Dataset))
	merge, made := rollup.NewMerge(alone)
	if !ok || !made || !worth(shape, q.Range) {
		return nil, false
	}
	return &merging{source: s, shape: shape, q: alone, keep: q.Keep, days: days, merge: merge, subtracts: s.subtracts(ctx, shape, alone)}, true
}

// keeps says whether days of a query's answer can be kept at all: rows that are where they are for every range, told apart by instants.
func keeps(q *query.Query) bool {
	r := &q.Relation
	return q.Time != nil && len(q.Keep.Days) > 1 && r.Join == nil && r.Union == nil && r.Native == nil && r.Call == nil && !query.Beside(q.Time.Storage, q.Time.Zone)
}

// Remainder is what of q is not kept: what is left of its days, and the parts of its range that are no whole day, or not over.
func (s *Source) Remainder(ctx context.Context, q *query.Query) []*query.Query {
	alone := *q
	alone.Keep = nil
	left := []*query.Query{&alone}
	if q.Keep != nil && keeps(q) {
		if m, ok := s.merging(ctx, q, &alone, s.would); ok {
			left = m.left(ctx)
		}
	}
	var out []*query.Query
	for _, one := range left {
		out = append(out, source.Remainder(ctx, s.Source, one)...)
	}
	return out
}

// worth says whether a query's days are kept. By day or hour, or where all groups are asked for anyway, they cost hardly more than the answer. Otherwise the store has to compute groups that nobody has asked for, which
// pays where they are used again: when most of the range was asked before, as of a range that moves with the days. Where there turned out to be too many groups nothing is kept.
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
	now := before.and(over)
	s.shapes[of.key] = now
	return now.pays(of)
}

// would says what worth would, and leaves it at that.
func (s *Source) would(of *shape, over query.Range) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.shapes[of.key]
	return !before.dense && before.and(over).pays(of)
}

// and is what is known of a shape when it is asked for over one more range.
func (a asked) and(over query.Range) asked {
	now := asked{over: a.over}
	now.again = slices.ContainsFunc(now.over[:], func(b query.Range) bool { return 2*lasting(over.And(b)) >= lasting(over) })
	if !slices.Contains(now.over[:], over) {
		copy(now.over[1:], a.over[:])
		now.over[0] = over
	}
	return now
}

// pays says that what is kept of a shape is worth what it costs.
func (a asked) pays(of *shape) bool { return of.step != whole || !of.wide || a.again }

func lasting(r query.Range) time.Duration { return r.To.Sub(r.From) }

// again says that a shape was asked for before, for much the same days.
func (s *Source) again(of *shape) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shapes[of.key].again
}

func (s *Source) setDense(of *shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shapes[of.key] = asked{dense: true}
}
