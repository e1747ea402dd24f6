package engine

import (
	"context"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// finestRows bounds the groups of a query that several widgets are made of. Where there are more, each asks for itself, and the engine remembers it.
const finestRows = 10_000

// derive puts steps together that ask the same rows in groups of which one is finer than the others: the store is asked for the finest groups, and the others are added
// up from them. Steps by time alone are made of stretches of time that divide the groups of all; others of one that the page asks anyway, without its cut. The first
// widget is left on its own, so that nothing delays it; so is what would not be the same to the last digit. What is left over is returned as it is.
func (e *Engine) derive(queue []task) []task {
	left := make([]task, 0, len(queue))
	var families [][]task
	of := make(map[query.Key]int)
	for _, t := range queue {
		q := t.query()
		if _, ok := rollup.Uncut(q); !ok || !rollup.Exact(q.Measures) || t.gathering == queue[0].gathering {
			left = append(left, t)
			continue
		}
		key := rowsOf(q)
		i, ok := of[key]
		if !ok {
			i = len(families)
			of[key] = i
			families = append(families, nil)
		}
		families[i] = append(families[i], t)
	}
	for _, family := range families {
		bases, rest := e.bases(family)
		left = append(append(left, bases...), rest...)
	}
	// Each as early as the cheapest of what it answers.
	slices.SortStableFunc(left, func(a, b task) int { return a.place(queue) - b.place(queue) })
	return left
}

// place is where the first of the steps that a task answers stands in a queue.
func (t task) place(queue []task) int {
	at := slices.IndexFunc(queue, func(o task) bool { return t.gathering == o.gathering && t.step == o.step })
	for _, o := range t.also {
		at = min(at, o.place(queue))
	}
	return at
}

// rowsOf is the same for queries of the same rows.
func rowsOf(q *query.Query) query.Key {
	rows := *q
	rows.Groups, rows.Measures, rows.Order, rows.Limit, rows.Offset, rows.Others, rows.Total, rows.MaxRows = nil, nil, nil, 0, 0, false, false, 0
	return rows.Key()
}

// bases are the queries that answer several of a family each, and what is left of it.
func (e *Engine) bases(family []task) (bases, rest []task) {
	var timed []task
	for _, t := range family {
		if rollup.Timed(t.query()) {
			timed = append(timed, t)
		} else {
			rest = append(rest, t)
		}
	}
	if base, ok := e.spans(timed); ok {
		bases = append(bases, base)
	} else {
		rest = append(rest, timed...)
	}
	slices.SortStableFunc(rest, func(a, b task) int { return len(b.query().Groups) - len(a.query().Groups) })
	for i := 0; i < len(rest); i++ {
		base, others, ok := e.finest(rest[i], slices.Delete(slices.Clone(rest), i, i+1))
		if !ok {
			continue
		}
		bases = append(bases, base)
		rest, i = others, -1
	}
	return bases, rest
}

// spans is a query by time that answers all of the tasks.
func (e *Engine) spans(timed []task) (task, bool) {
	if len(timed) < 2 || !slices.ContainsFunc(timed, func(t task) bool { return len(t.query().Groups) > 0 }) {
		return task{}, false
	}
	queries := make([]*query.Query, len(timed))
	for i, t := range timed {
		queries[i] = t.query()
	}
	group, ok := rollup.Spans(queries)
	if !ok {
		return task{}, false
	}
	base, _ := rollup.Uncut(queries[0])
	base.Groups = []query.Group{group}
	return e.based(base, timed)
}

// finest is the query of one task, without its cut, where it answers others, too.
func (e *Engine) finest(t task, others []task) (base task, rest []task, ok bool) {
	q, _ := rollup.Uncut(t.query())
	if len(q.Groups) == 0 {
		return task{}, nil, false
	}
	takes := []task{t}
	for _, o := range others {
		if _, ok := rollup.From(o.query(), q); ok {
			takes = append(takes, o)
		} else {
			rest = append(rest, o)
		}
	}
	if len(takes) < 2 {
		return task{}, nil, false
	}
	base, ok = e.based(q, takes)
	return base, rest, ok
}

// based is the task of a query that answers all of some tasks; false where one of them cannot be, or where it is known to have too many groups.
func (e *Engine) based(q *query.Query, takes []task) (task, bool) {
	var measures []query.Measure
	for _, t := range takes {
		measures = append(measures, t.query().Measures...)
	}
	q.Measures, _ = rollup.Parts(measures)
	q.MaxRows = finestRows
	if len(q.Measures) > maxShared || e.dense.has(shapeOf(q)) {
		return task{}, false
	}
	for _, t := range takes {
		if _, ok := rollup.From(t.query(), q); !ok {
			return task{}, false
		}
	}
	base := takes[0]
	base.asked, base.also, base.rolled = q, takes[1:], true
	return base, true
}

// runRolled asks the finer query and makes each task's answer of it. Where that cannot be, each asks for itself.
func (t task) runRolled(ctx context.Context, e *Engine, report func(*plan.Widget, *format.Data, error)) {
	takes := append([]task{t}, t.also...)
	takes[0].asked, takes[0].also, takes[0].rolled = nil, nil, false
	step := t.widget.Steps[t.step]
	step.Query = t.asked
	finer, err := t.ask(t.traced(ctx, e.Tracer), e, step)
	if err == nil && finer.Truncated {
		e.dense.add(shapeOf(t.asked))
	}
	if ctx.Err() == nil && (err == nil && finer.Truncated || err != nil && fault.ClassOf(err) == fault.Permanent) {
		for _, alone := range share(takes) {
			alone.run(ctx, e, report)
		}
		return
	}
	for _, o := range takes {
		o.traced(ctx, e.Tracer)
		if err != nil {
			o.finish(ctx, e, nil, err, report)
			continue
		}
		result, err := rolledUp(o.query(), t.asked, finer)
		o.finish(ctx, e, result, err, report)
	}
}

// rolledUp makes the answer to q of a finer one.
func rolledUp(q, asked *query.Query, finer *source.Result) (result *source.Result, err error) {
	defer recovered(&err)
	recipe, ok := rollup.From(q, asked)
	merge, made := rollup.NewMerge(q)
	if !ok || !made {
		return nil, fault.New(fault.Permanent, "internal_error", "", errNotFiner)
	}
	if err := merge.Add(recipe, finer.Frame); err != nil {
		return nil, fault.New(fault.Permanent, "internal_error", "", err)
	}
	out := shared(finer)
	if out.Frame, out.Truncated, err = merge.Answer(); err != nil {
		return nil, err
	}
	out.Stats.Rows = int64(out.Frame.Rows())
	out.Stats.Derived = true
	return out, nil
}
