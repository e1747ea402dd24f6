package days

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// errParts is the cause of an error that sends the query to the store as a whole.
var errParts = errors.New("days: the answer is not made of parts")

// merging is one query that is being answered.
type merging struct {
	source *Source
	shape  *shape
	q      *query.Query
	keep   *query.Keep
	days   block // those that are over
	merge  *rollup.Merge
	result source.Result
	// subtracts says that its first days are told apart later, when nobody waits, and subtracted from all.
	subtracts bool
}

func (m *merging) run(ctx context.Context) (*source.Result, error) {
	begin := time.Now()
	m.result.AsOf = m.source.Now()
	pieces, entries := m.found(ctx)
	if err := m.use(pieces, entries); err != nil {
		return nil, err
	}
	for _, p := range pieces {
		if p.kept {
			continue
		}
		if err := m.ask(ctx, m.layout(p)); err != nil {
			return nil, err
		}
	}
	for _, over := range m.open() {
		if err := m.rest(ctx, over); err != nil {
			return nil, err
		}
	}
	answer, truncated, err := m.merge.Answer()
	if err != nil {
		return nil, err
	}
	m.result.Frame, m.result.Truncated = answer, truncated
	m.result.Stats.Rows, m.result.Stats.Elapsed = int64(answer.Rows()), time.Since(begin)
	m.source.Upkeep.look(m, pieces)
	return &m.result, nil
}

// open is what is left of the range: parts of days at its ends, and days that are not over.
func (m *merging) open() []query.Range {
	ends := []query.Range{{From: m.q.Range.From, To: m.days[0]}, {From: m.days[m.days.days()], To: m.q.Range.To}}
	return slices.DeleteFunc(ends, func(r query.Range) bool { return !r.From.Before(r.To) })
}

// left are the queries that the store would be asked.
func (m *merging) left(ctx context.Context) (out []*query.Query) {
	pieces, _ := m.found(ctx)
	for _, p := range pieces {
		if !p.kept {
			out = append(out, m.shape.over(m.layout(p)))
		}
	}
	for _, over := range m.open() {
		if finer, ok := rollup.Uncut(m.q); ok {
			finer.Range = over
			out = append(out, finer)
		}
	}
	return out
}

// found divides the days into what is kept and what is not. Of what turns out not to hold, or to be gone, another division makes no use.
func (m *merging) found(ctx context.Context) ([]piece, []Entry) {
	apart := m.shape.step != whole
	over := m.days.span()
	spans := slices.DeleteFunc(m.source.Store.Spans(ctx, m.shape.key), func(s Span) bool { return s.To <= over.From || s.From >= over.To })
	for {
		pieces := cover(m.days, spans, apart)
		entries := make([]Entry, len(pieces))
		before := len(spans)
		for i, p := range pieces {
			if !p.kept {
				continue
			}
			e, ok := m.source.Store.Get(ctx, Key{m.shape.key, p.of})
			if !ok || !e.holds(m.keep, m.source.Now()) || !m.divides(&e, p) || !m.current(ctx, &e) {
				spans = slices.DeleteFunc(spans, func(s Span) bool { return s == p.of })
				continue
			}
			entries[i] = e
		}
		if len(spans) == before {
			return pieces, entries
		}
	}
}

// current says that the rows of an entry's days are still in the state in which it was computed.
func (m *merging) current(ctx context.Context, e *Entry) bool {
	version, err := m.source.versionOf(ctx, m.shape, e.Days)
	return err == nil && version == e.Version
}

// versionOf is the state of the rows of some days.
func (s *Source) versionOf(ctx context.Context, of *shape, days block) (string, error) {
	q := *of.query
	q.Range = query.Range{From: days[0], To: days[days.days()]}
	return s.version(ctx, &s.Origin, &q, of.keep, days)
}

// layout is how days are divided that have to be asked for. In blocks that are used whole or not at all, the first day of the range is the first to be left out of another one; they are told apart
// later where the answer is waited for. By day or hour they are kept in several only where their rows may become others: only the block of these is asked for again then.
func (m *merging) layout(p piece) []block {
	days := m.days[p.from : p.to+1]
	switch {
	case m.shape.step == whole && p.from == 0 && !m.keep.Later && !m.subtracts:
		return split(days, 1)
	case m.shape.step == whole || m.source.Versions == nil && m.keep.Changes == nil:
		return []block{days}
	}
	var out []block
	each := (days.days() + mostVersioned - 1) / mostVersioned
	for len(days) > each+1 {
		out, days = append(out, days[:each+1]), days[each:]
	}
	return append(out, days)
}

// add merges the answer to a finer query. The whole is as fresh as the oldest part.
func (m *merging) add(finer *query.Query, answer *frame.Frame, at time.Time) error {
	recipe, ok := rollup.From(m.q, finer)
	if !ok {
		return fault.New(fault.Permanent, "internal_error", "", errParts)
	}
	if at.Before(m.result.AsOf) {
		m.result.AsOf = at
	}
	if err := m.merge.Add(recipe, answer); err != nil {
		return fault.New(fault.Permanent, "internal_error", "", err)
	}
	return nil
}

// ask computes neighboring blocks by one query, and keeps each.
func (m *merging) ask(ctx context.Context, blocks []block) error {
	entries, err := m.source.begin(ctx, m.shape, blocks)
	if err != nil {
		return err
	}
	r, err := m.query(ctx, m.shape.over(blocks))
	if err != nil {
		return err
	}
	err = m.source.put(ctx, m.shape, entries, r.Frame)
	if err != nil {
		return err
	}
	for i, b := range blocks {
		if err := m.add(m.shape.over([]block{b}), entries[i].Frame, entries[i].At); err != nil {
			return err
		}
	}
	return nil
}

// begin returns the entries of neighboring blocks before they are computed: rows that come from then on may be in them or not.
func (s *Source) begin(ctx context.Context, of *shape, blocks []block) ([]Entry, error) {
	entries := make([]Entry, len(blocks))
	at := s.Now()
	for i, b := range blocks {
		version, err := s.versionOf(ctx, of, b)
		if err != nil {
			return nil, err
		}
		entries[i] = Entry{At: at, Days: slices.Clone(b), Dataset: of.query.Dataset, Version: version}
	}
	return entries, nil
}

// put keeps the answer for neighboring blocks.
func (s *Source) put(ctx context.Context, of *shape, entries []Entry, answer *frame.Frame) error {
	answer, err := inOrder(answer)
	if err != nil {
		return fault.New(fault.Permanent, "internal_error", "", err)
	}
	first := 0
	for i := range entries {
		b := block(entries[i].Days)
		stretches := len(of.stretches(b)) - 1
		part, err := cut(answer, of.over([]block{b}), first, stretches)
		if err != nil {
			return fault.New(fault.Permanent, "internal_error", "", err)
		}
		first += stretches
		entries[i].Frame = part
		s.Store.Put(ctx, of.keyOf(b), entries[i])
	}
	return nil
}

// rest computes a part of the range that is not kept.
func (m *merging) rest(ctx context.Context, over query.Range) error {
	finer, ok := rollup.Uncut(m.q)
	if !ok {
		return fault.New(fault.Permanent, "internal_error", "", errParts)
	}
	finer.Range, finer.MaxRows = over, mostRows
	at := m.source.Now()
	r, err := m.query(ctx, finer)
	if err != nil {
		return err
	}
	return m.add(finer, r.Frame, at)
}

// query asks the store, and adds up what it cost.
func (m *merging) query(ctx context.Context, q *query.Query) (*source.Result, error) {
	r, err := m.source.Source.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	if r.Truncated {
		m.source.setDense(m.shape)
		return nil, fault.New(fault.Permanent, "internal_error", "", errParts)
	}
	m.result.Stats.Scanned += r.Stats.Scanned
	m.result.Stats.Bytes += r.Stats.Bytes
	m.result.Stats.Shared = m.result.Stats.Shared || r.Stats.Shared
	if r.Stats.Reused != source.Computed && m.result.Stats.Reused != source.Stale {
		m.result.Stats.Reused = r.Stats.Reused
	}
	return r, nil
}
