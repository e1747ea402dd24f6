package format

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// Newest returns the terms that a trend shows, and the time of the newest row of each: what its samples are asked for.
func Newest(in Input) (terms []any, times []time.Time, err error) {
	main := in.Results[plan.Main]
	if main == nil || main.Frame == nil {
		return nil, nil, fmt.Errorf("format: widget %s has no result", in.Widget.ID)
	}
	t := &table{in: &in}
	risen, _, err := t.risen()
	if err != nil {
		return nil, nil, err
	}
	last, err := t.main().Column(catalog.ColumnLastSeen)
	if err != nil {
		return nil, nil, err
	}
	for i := range risen {
		if at, ok := last.Value(risen[i].row).(time.Time); ok {
			terms, times = append(terms, risen[i].term), append(times, at)
		}
	}
	return terms, times, nil
}

// sampled adds what the newest row of each term shows, masked where its dimension is. A term whose newest row is not among the samples has none.
func (t *table) sampled(terms []risen) error {
	show := t.in.Widget.Spec.Trend.Sample
	if show == nil {
		return nil
	}
	values := make([]any, len(terms))
	if r := t.in.Results[plan.Sample]; r != nil {
		term, err := r.Frame.Column(t.in.Widget.Spec.Dimensions[0].Name)
		if err != nil {
			return err
		}
		shown, err := r.Frame.Column(catalog.ColumnSample)
		if err != nil {
			return err
		}
		for i := range terms {
			for row := range r.Frame.Rows() { // the newest first
				if same(term.Value(row), terms[i].term, t.in.Widget.Spec.Dimensions[0].Field.Multi) {
					values[i] = cell(shown.Value(row))
					break
				}
			}
		}
	}
	if show.Mask {
		values = mask(values)
	}
	if show.Field.Multi {
		values = lists(values)
	}
	f := t.dimensionField(show, "")
	f.Name, f.Role = catalog.ColumnSample, roleNote
	t.add(f, values)
	return nil
}

// same says that a row has a term, which may be one of a list.
func same(value, term any, list bool) bool {
	text, isText := value.(string)
	one, ok := term.(string)
	if list && isText && ok {
		return slices.Contains(List(text).Values(), one)
	}
	return value == term
}
