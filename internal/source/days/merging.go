package days

import (
	"context"
	"errors"
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
	merge  *rollup.Merge
	result source.Result
}

func (m *merging) run(ctx context.Context, keep *query.Keep, blocks []block) (*source.Result, error) {
	begin := time.Now()
	m.result.AsOf = m.source.now()
	var missing []block
	for _, b := range blocks {
		e, ok := m.source.store.Get(ctx, m.shape.keyOf(b))
		if !ok || !e.holds(keep, m.source.now()) {
			missing = append(missing, b)
			continue
		}
		m.result.Stats.Kept += len(b.edges) - 1
		if err := m.add(m.shape.over([]block{b}), e.Frame, e.At); err != nil {
			return nil, err
		}
	}
	for _, run := range runs(missing) {
		if err := m.ask(ctx, run); err != nil {
			return nil, err
		}
	}
	// What is left of the range: parts of days at its ends, and days that are not over.
	days := query.Range{From: blocks[0].over().From, To: blocks[len(blocks)-1].over().To}
	for _, over := range []query.Range{{From: m.q.Range.From, To: days.From}, {From: days.To, To: m.q.Range.To}} {
		if !over.From.Before(over.To) {
			continue
		}
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
	return &m.result, nil
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
	asked := m.shape.over(blocks)
	at := m.source.now() // rows that come while it is computed are not in it
	r, err := m.query(ctx, asked)
	if err != nil {
		return err
	}
	first := 0
	for _, b := range blocks {
		alone := m.shape.over([]block{b})
		stretches := len(m.shape.stretches(b)) - 1
		part, err := cut(r.Frame, alone, first, stretches)
		if err != nil {
			return fault.New(fault.Permanent, "internal_error", "", err)
		}
		first += stretches
		m.source.store.Put(ctx, m.shape.keyOf(b), Entry{Frame: part, At: at})
		if err := m.add(alone, part, at); err != nil {
			return err
		}
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
	at := m.source.now()
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
	return r, nil
}
