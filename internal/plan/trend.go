package plan

import (
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

const (
	// maxListed bounds the terms that a trend or a keyness looks at: those with the most rows.
	maxListed = 5000
	// maxSamples bounds the rows that samples are looked for in.
	maxSamples = 1000
)

// WindowColumn names the count of a trend's window, from 0, the oldest.
func WindowColumn(i int) string { return catalog.WindowPrefix + strconv.Itoa(i+1) }

// rising asks for all windows at once: one group a term, and a count a window. The store reads the rows once. Which terms rise the format tells; those with the
// most rows in the last window are looked at. Their samples are a query of their own, which waits for that.
func (r *request) rising(w *Widget, base *query.Query) {
	w.Windows = calendarOf(w.Spec.Dataset, r.zone).windows(r.rng, w.Spec.Trend, r.now)
	last := w.Windows[len(w.Windows)-1]
	r.move(base, query.Range{From: w.Windows[0].From, To: last.To})
	counted := w.Spec.Measures[0].Query
	base.Groups = []query.Group{r.group(w.Spec.Dimensions[0])}
	for i, window := range w.Windows {
		base.Measures = append(base.Measures, only(counted, WindowColumn(i), during(w.Spec.Dataset.Time, window)))
	}
	t := w.Spec.Dataset.Time
	seen := query.Measure{Agg: query.Min, Field: query.Field{Column: t.Column, Type: query.Time}, Storage: t.Storage, Zone: t.Zone}
	base.Measures = append(base.Measures, only(seen, catalog.ColumnFirstSeen, counted.Where))
	seen.Agg = query.Max
	base.Measures = append(base.Measures, only(seen, catalog.ColumnLastSeen, counted.Where))
	for _, m := range w.Spec.Measures[1:] {
		base.Measures = append(base.Measures, only(m.Query, m.Name, during(w.Spec.Dataset.Time, last)))
	}
	base.Order = []query.Order{{Name: WindowColumn(len(w.Windows) - 1), Desc: true}}
	base.Limit = min(maxListed, w.Spec.Dataset.Limits.Rows)
	w.Steps = []Step{{Role: Main, Source: w.Spec.Dataset.Source.Name, Query: base}}
	r.samples(w, base, last, counted.Where)
}

// samples plans the query for the newest row of each term that is shown.
func (r *request) samples(w *Widget, base *query.Query, last query.Range, counted query.Filter) {
	show, term, t := w.Spec.Trend.Sample, w.Spec.Dimensions[0], w.Spec.Dataset.Time
	if show == nil {
		return
	}
	q := *base
	r.move(&q, last)
	q.Groups, q.Measures, q.Rows = nil, nil, true
	q.Where = all(base.Where, counted)
	q.Select = []query.Column{
		{Name: catalog.ColumnLastSeen, Field: query.Field{Column: t.Column, Type: query.Time}, Storage: t.Storage, Zone: t.Zone},
		{Name: term.Name, Field: term.Field, Storage: term.Storage, Zone: term.Zone},
		{Name: catalog.ColumnSample, Field: show.Field, Storage: show.Storage, Zone: show.Zone},
	}
	q.Order = []query.Order{{Name: catalog.ColumnLastSeen, Desc: true}}
	q.Limit = min(maxSamples, w.Spec.Dataset.Limits.Rows)
	w.Follow = &Step{Role: Sample, Source: w.Spec.Dataset.Source.Name, Query: &q}
}

// Narrowed returns the query for samples as it is asked: for rows with one of the terms that are shown, at the times of their newest ones.
func (w *Widget) Narrowed(terms []any, times []time.Time) Step {
	step, term := *w.Follow, w.Spec.Dimensions[0]
	q := *step.Query
	newest := make([]any, len(times))
	for i, x := range times {
		newest[i] = x
	}
	q.Where = all(q.Where, query.Compare{Field: term.Field, Op: query.In, Values: terms, Storage: term.Storage, Zone: term.Zone}, timeIs(w.Spec.Dataset.Time, query.In, newest...))
	step.Query = &q
	return step
}

// during is the condition that a row lies in a range.
func during(t *query.TimeField, rng query.Range) query.Filter {
	return query.And{timeIs(t, query.Gte, rng.From), timeIs(t, query.Lt, rng.To)}
}

// timeIs compares a row's time.
func timeIs(t *query.TimeField, op query.Op, values ...any) query.Compare {
	return query.Compare{Field: query.Field{Column: t.Column, Type: query.Time}, Op: op, Values: values, Storage: t.Storage, Zone: t.Zone}
}

// only returns a measure, by another name, of the rows that a condition holds for.
func only(m query.Measure, name string, where query.Filter) query.Measure {
	m.Name = name
	if m.Formula == nil {
		m.Where = all(m.Where, where)
		return m
	}
	inputs := make([]query.Measure, len(m.Inputs))
	for i, in := range m.Inputs {
		in.Where = all(in.Where, where)
		inputs[i] = in
	}
	m.Inputs = inputs
	return m
}
