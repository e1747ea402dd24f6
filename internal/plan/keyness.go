package plan

import (
	"strings"

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
	w.Sought = r.sought(w.Spec.Dimensions[0], d, r.conditions)
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

// Sought is a text that a request looks for. Of the term's own dimension it is compared as it was asked; of another one only a term that is
// just that text was looked for.
type Sought struct {
	Op   query.Op
	Text string
}

// sought are the texts by which the request's filters find rows. A term that was asked for is in all of the rows, and relates to nothing but itself.
func (r *request) sought(term *catalog.Dimension, d *catalog.Dataset, conditions []condition) (out []Sought) {
	for i := range conditions {
		c := &conditions[i]
		if c.op == opAnd || c.op == opOr {
			out = append(out, r.sought(term, d, c.of)...)
			continue
		}
		dim := d.Dimensions[strings.TrimPrefix(c.member, d.Name+".")]
		if dim == nil || dim.Field.Type != query.String {
			continue
		}
		own, op := dim.Field.Column == term.Field.Column, query.Op(c.op)
		switch op {
		case query.Contains, query.Prefix:
			if !own {
				op = query.Eq
			}
		case query.Eq, query.In:
			if op = query.Eq; !own {
				continue
			}
		default:
			continue
		}
		for _, v := range c.values {
			if text := shownText(v); text != "" {
				out = append(out, Sought{op, strings.ToLower(text)})
			}
		}
	}
	return out
}

// Finds says whether a term is one that was looked for.
func (s Sought) Finds(term any) bool {
	text, _ := term.(string)
	text = strings.ToLower(text)
	switch s.Op {
	case query.Contains:
		return strings.Contains(text, s.Text)
	case query.Prefix:
		return strings.HasPrefix(text, s.Text)
	default:
		return text == s.Text
	}
}
