package engine

import (
	"reflect"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// maxShared bounds the measures of one query that answers several steps.
const maxShared = 32

// share puts steps of a queue together that ask the same rows in the same groups and differ in their measures alone: the store
// reads the rows once. The first widget is left on its own, so that nothing delays it.
func share(queue []task) []task {
	out := make([]task, 0, len(queue))
	for _, t := range queue {
		i := -1
		if t.gathering != queue[0].gathering {
			i = slices.IndexFunc(out, func(o task) bool { return o.gathering != queue[0].gathering && o.takes(t) })
		}
		if i < 0 {
			out = append(out, t)
			continue
		}
		out[i].asked = union(out[i].query(), t.query())
		out[i].also = append(out[i].also, t)
	}
	return out
}

// query is what the task asks: its step's query, or one that answers other tasks' too.
func (t task) query() *query.Query {
	if t.asked != nil {
		return t.asked
	}
	return t.widget.Steps[t.step].Query
}

// takes says whether t's query can answer that of another task by more measures. A cut, or a row for the others, depends on the
// order of all columns and so on the measures; what is approximate has to be so for its own widget alone.
func (t task) takes(o task) bool {
	a, b := t.query(), o.query()
	if t.rolled || o.rolled {
		return false
	}
	for _, q := range []*query.Query{a, b} {
		if q.Rows || q.Limit > 0 || q.Offset > 0 || q.Others || q.Total || len(q.Measures) == 0 ||
			slices.ContainsFunc(q.Measures, func(m query.Measure) bool {
				return slices.ContainsFunc(m.Plain(), func(p query.Measure) bool { return p.Approximate })
			}) {
			return false
		}
	}
	rowsA, rowsB := *a, *b
	rowsA.Measures, rowsB.Measures = nil, nil
	if !reflect.DeepEqual(rowsA, rowsB) {
		return false
	}
	for _, m := range b.Measures {
		if i := named(a.Measures, m.Name); i >= 0 && !reflect.DeepEqual(a.Measures[i], m) {
			return false
		}
	}
	return len(union(a, b).Measures) <= maxShared
}

func named(list []query.Measure, name string) int {
	return slices.IndexFunc(list, func(m query.Measure) bool { return m.Name == name })
}

func union(a, b *query.Query) *query.Query {
	out := *a
	out.Measures = slices.Clone(a.Measures)
	for _, m := range b.Measures {
		if named(out.Measures, m.Name) < 0 {
			out.Measures = append(out.Measures, m)
		}
	}
	return &out
}
