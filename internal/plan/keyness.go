package plan

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// The counts of a keyness: rows that the request asks for, rows that they are compared with, and both.
const (
	ColumnObserved   = "observed"
	ColumnBackground = "background"
	ColumnAll        = "all"
)

// keyness counts each term twice, in the rows that the request's filters leave and in those that they do not, in one query; a second one counts both
// without terms, so that shares are right whichever terms are shown. Tenant, row filter, the widget's own condition and the page's parameters hold for all.
// Without filters the rows of the range are compared with those of the range before.
func (r *request) keyness(w *Widget, base *query.Query) error {
	d := w.Spec.Dataset
	focus, err := r.asked(d)
	if err != nil {
		return err
	}
	var other query.Filter
	switch {
	case focus != nil:
		other = query.Not{Of: focus}
	case d.Time != nil:
		w.Comparison = calendarOf(d, r.zone).comparison(r.rng, catalog.PriorPeriod)
		r.move(base, query.Range{From: w.Comparison.From, To: r.rng.To})
		focus, other = during(d.Time, r.rng), during(d.Time, w.Comparison)
	default:
		other = query.Or{} // no row
	}
	counted := w.Spec.Measures[0].Query
	base.Measures = []query.Measure{only(counted, ColumnObserved, focus), only(counted, ColumnBackground, other)}
	totals := *base
	base.Groups = []query.Group{r.group(w.Spec.Dimensions[0])}
	by := ColumnObserved
	switch w.Spec.Direction {
	case catalog.Under:
		by = ColumnBackground
	case catalog.Both:
		by = ColumnAll
		base.Measures = append(base.Measures, only(counted, ColumnAll, nil))
	case catalog.Over:
	}
	base.Order = []query.Order{{Name: by, Desc: true}}
	base.Limit = min(maxListed, d.Limits.Rows)
	w.Steps = []Step{{Role: Main, Source: d.Source.Name, Query: base}, {Role: Total, Source: d.Source.Name, Query: &totals}}
	return nil
}
