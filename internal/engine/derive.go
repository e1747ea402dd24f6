package engine

import (
	"cmp"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
)

// finestRows bounds the groups of a query that several steps are answered from. Where there are more, each asks for itself, and the engine remembers it.
const finestRows = 10_000

// derive puts steps together that ask the same rows in groups of which one divides those of the others: the store is asked for the finest groups, and the steps' own are added
// up from them. The first widget is left on its own, so that nothing delays it; so is what would not be the same to the last digit.
func (e *Engine) derive(queue []task) []task {
	left := make([]task, 0, len(queue))
	var families [][]task
	of := make(map[query.Key]int)
	for _, t := range queue {
		q := t.query()
		var ok bool
		if t.uncut, ok = rollup.Uncut(q); !ok || !rollup.Exact(q.Measures) || t.gathering == queue[0].gathering {
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
		left = append(left, e.family(family)...)
	}
	// Each as early as the cheapest of what it answers.
	slices.SortStableFunc(left, func(a, b task) int { return a.place(queue) - b.place(queue) })
	return left
}

// is says that two tasks are of the same step.
func (t task) is(o task) bool { return t.gathering == o.gathering && t.step == o.step }

// place is where the first of the steps that a task answers stands in a queue.
func (t task) place(queue []task) int {
	at := slices.IndexFunc(queue, t.is)
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

// base is a query that answers several steps.
type base struct {
	query *query.Query
	takes []task
}

// bases finds those of steps that ask the same rows.
type bases struct {
	engine *Engine
	left   []task
	found  []base
}

// family returns steps that ask the same rows as fewer tasks. A distribution's widgets come first (by the values of a column there are few answers, and percentiles are the dearest of
// all), then those by time, then what is in the groups of a table or a top that the page asks anyway. Totals can be made of any of these.
func (e *Engine) family(tasks []task) []task {
	b := &bases{engine: e, left: tasks}
	b.byValues()
	b.byTime()
	b.byGroups()
	b.totals()
	for _, f := range b.found {
		if t, ok := f.task(); ok {
			b.left = append(b.left, t)
		} else {
			b.left = append(b.left, f.takes...)
		}
	}
	return b.left
}

// take makes a base of a query with what of some steps it answers.
func (b *bases) take(q query.Query, from []task) {
	if b.engine.dense.has(shapeOf(&q)) {
		return
	}
	q.MaxRows = finestRows
	f := base{query: &q}
	for _, t := range from {
		if recipe, ok := rollup.From(t.query(), &q); ok {
			t.recipe = recipe
			f.takes = append(f.takes, t)
		}
	}
	if len(f.takes) == 0 {
		return
	}
	b.found = append(b.found, f)
	b.left = slices.DeleteFunc(b.left, func(t task) bool { return slices.ContainsFunc(f.takes, t.is) })
}

// byValues takes percentiles and histograms of whole numbers: both are made of how often each value is there. A histogram alone is better made by the store.
func (b *bases) byValues() {
	for _, t := range slices.Clone(b.left) {
		by := t.uncut.Groups
		if len(t.query().Groups) > 0 || len(by) != 1 || by[0].Field.Type != query.Int {
			continue // no percentile, or one of groups
		}
		b.take(*t.uncut, slices.DeleteFunc(slices.Clone(b.left), func(o task) bool { return !o.distributed(by[0].Field) }))
	}
}

// distributed says that a step needs the values of a field, and nothing else.
func (t task) distributed(of query.Field) bool {
	by := t.uncut.Groups
	return len(by) == 1 && by[0].Field == of && (len(t.query().Groups) == 0 || by[0].Bins != nil)
}

// byTime takes steps that group by time alone, by stretches of time that divide the groups of all.
func (b *bases) byTime() {
	var timed []task
	var queries []*query.Query
	for _, t := range b.left {
		if len(t.query().Groups) > 0 && rollup.Timed(t.uncut) {
			timed, queries = append(timed, t), append(queries, t.query())
		}
	}
	if len(timed) == 0 {
		return
	}
	if group, ok := rollup.Spans(queries); ok {
		q := *timed[0].uncut
		q.Groups = []query.Group{group}
		b.take(q, timed)
	}
}

// byGroups takes steps whose groups are among those of another one, which is asked without its cut then.
func (b *bases) byGroups() {
	wide := slices.DeleteFunc(slices.Clone(b.left), func(t task) bool { return len(t.query().Groups) == 0 })
	slices.SortStableFunc(wide, func(x, y task) int { return cmp.Compare(len(y.query().Groups), len(x.query().Groups)) })
	for _, t := range wide {
		if !slices.ContainsFunc(b.left, t.is) {
			continue
		}
		answers := func(o task) bool { _, ok := rollup.From(o.query(), t.uncut); return ok && len(o.query().Groups) > 0 }
		others := slices.DeleteFunc(slices.Clone(b.left), func(o task) bool { return !answers(o) })
		if len(others) > 1 {
			b.take(*t.uncut, others)
		}
	}
}

// totals gives what is left to a base that answers it, the one of the fewest groups first.
func (b *bases) totals() {
	b.left = slices.DeleteFunc(b.left, func(t task) bool {
		for i := range b.found {
			if recipe, ok := rollup.From(t.query(), b.found[i].query); ok {
				t.recipe = recipe
				b.found[i].takes = append(b.found[i].takes, t)
				return true
			}
		}
		return false
	})
}

// task is the one that asks a base's query; false where it answers no more than one step, or asks for too many measures.
func (f *base) task() (task, bool) {
	var measures []query.Measure
	for _, t := range f.takes {
		measures = append(measures, t.query().Measures...)
	}
	parts, _ := rollup.PartsOf(measures)
	f.query.Measures = parts.Measures
	if len(f.takes) < 2 || len(parts.Measures) > maxShared {
		return task{}, false
	}
	t := f.takes[0]
	t.asked, t.also, t.rolled = f.query, f.takes[1:], true
	return t, true
}
