package format

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// group is a value of the dimension that splits a series. A missing value is a group of its own, other than
// the empty text.
type group struct {
	name string
	null bool
}

// topGroups returns the groups with the largest totals of the first measure, and the rows of every group.
func topGroups(f *frame.Frame, key frame.Column, spec *catalog.Widget) (top []group, rows map[group][]int) {
	rows = make(map[group][]int)
	totals := make(map[group]float64)
	measure, err := f.Column(spec.Measures[0].Name)
	for row := range f.Rows() {
		name := group{null: true}
		if v := key.Value(row); v != nil {
			name = group{name: fmt.Sprint(v)}
		}
		if _, ok := rows[name]; !ok {
			top = append(top, name)
		}
		rows[name] = append(rows[name], row)
		if err == nil {
			if n, ok := number(cell(measure.Value(row))); ok {
				totals[name] += n
			}
		}
	}
	slices.SortStableFunc(top, func(a, b group) int {
		switch {
		case totals[a] > totals[b]:
			return -1
		case totals[a] < totals[b]:
			return 1
		}
		return 0
	})
	if spec.Top > 0 && len(top) > spec.Top {
		top = top[:spec.Top]
	}
	return top, rows
}

// split adds a column for each group and measure and, where the widget asks for them, its previous values and its share of each
// bucket's total over all groups. Groups come in the order of their totals now: one that is gone has no column.
func (t *table) split(buckets int) error {
	w := t.in.Widget
	dim := w.Spec.Dimensions[0]
	groups, now, err := t.grouped(t.main(), dim, buckets)
	if err != nil {
		return err
	}
	if len(now) > len(groups) {
		text := noticeLargest
		if w.Spec.Others {
			text = noticeOthers
		}
		t.data.notice("info", "truncated", text, len(groups), len(now))
	}
	var before map[group][]int
	if other := t.comparison(); other != nil {
		if _, before, err = t.grouped(other, dim, buckets); err != nil {
			return err
		}
	}
	totals, err := t.splitTotals(buckets)
	if err != nil {
		return err
	}
	for _, s := range t.splitSeries(groups, now, before) {
		name := s.name
		add := func(m *catalog.Measure, f Field, values []any) {
			words := strings.TrimPrefix(f.Config.DisplayName, m.Label.In(w.Language, m.Name)) // what derives it from its measure
			f.Name, f.Labels = f.Name+"_"+name, map[string]string{dim.Name: name}
			f.Config.DisplayName = name + words
			if f.Numerator != "" {
				f.Numerator, f.Denominator = f.Numerator+"_"+name, f.Denominator+"_"+name
			}
			t.add(f, values)
		}
		for i, m := range w.Spec.Columns() {
			values, err := t.added(plan.Main, m, s.now, s.rest, w.Edges)
			if err != nil {
				return err
			}
			t.empty = t.empty && nothing(values)
			add(m, t.measureField(m), values)
			if i >= len(w.Spec.Measures) {
				continue
			}
			var previous []any
			if before != nil {
				if previous, err = t.added(plan.Comparison, m, s.before, s.rest, w.ComparisonEdges); err != nil {
					return err
				}
				add(m, t.derived(m, "_previous", rolePrevious), previous)
			}
			if w.Spec.Share && m.Additive() {
				t.splitShares(m, values, previous, totals[i], add)
			}
		}
	}
	return nil
}

// grouped returns the largest groups of a series, and the row of each bucket for every group: -1 where it has none.
func (t *table) grouped(f *frame.Frame, dim *catalog.Dimension, buckets int) (top []group, at map[group][]int, err error) {
	key, err := f.Column(dim.Name)
	if err != nil {
		return nil, nil, err
	}
	bucket, err := f.Column(plan.ColumnBucket)
	if err != nil {
		return nil, nil, err
	}
	top, rows := topGroups(f, key, t.in.Widget.Spec)
	at = make(map[group][]int, len(rows))
	for g, list := range rows {
		at[g] = absent(buckets)
		for _, row := range list {
			if i, ok := bucket.Int(row); ok && i >= 0 && int(i) < buckets {
				at[g][i] = row
			}
		}
	}
	return top, at, nil
}

// absent says of every bucket that it has no row.
func absent(buckets int) []int {
	at := make([]int, buckets)
	for i := range at {
		at[i] = -1
	}
	return at
}
