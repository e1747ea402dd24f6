package format

import (
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// breakdown is a row a group, the largest first, then one row for all the others where the widget has it. Previous
// values are found by the group's key; a group that did not exist then has the previous value 0 for what
// counts, and null for all else. The others have no previous value: they are other groups then. With shares the store is
// asked for the others in any case; without `others` they are counted and not shown.
func breakdown(t *table) error {
	f := t.main()
	spec := t.in.Widget.Spec
	if err := t.dimensions(); err != nil {
		return err
	}
	before, err := t.keys(t.comparison())
	if err != nil {
		return err
	}
	for i, m := range spec.Columns() {
		c, err := f.Column(m.Name)
		if err != nil {
			return err
		}
		values := column(c)
		t.add(t.measureField(m), values)
		if i >= len(spec.Measures) {
			continue
		}
		var previous []any
		if other := t.comparison(); other != nil {
			if previous, err = t.previous(m, other, before); err != nil {
				return err
			}
			t.compare(m, values, previous)
		}
		if spec.Share && m.Additive() {
			if err := t.shared(m, values, previous); err != nil {
				return err
			}
		}
	}
	if _, ok := f.Index(query.ColumnOther); ok && (spec.Others || !spec.Share) {
		c, err := f.Column(query.ColumnOther)
		if err != nil {
			return err
		}
		t.add(Field{Name: "is_other", Type: "boolean", Role: roleOther}, column(c))
	}
	if spec.Share && !spec.Others {
		t.withoutOthers()
	}
	return nil
}

// keys finds the rows of a frame by their groups.
func (t *table) keys(f *frame.Frame) (map[string]int, error) {
	if f == nil {
		return map[string]int{}, nil
	}
	rows := make(map[string]int, f.Rows())
	for row := range f.Rows() {
		key, err := t.key(f, row)
		if err != nil {
			return nil, err
		}
		rows[key] = row
	}
	return rows, nil
}

// previous returns a measure's values in the comparison, by the groups of now.
func (t *table) previous(m *catalog.Measure, other *frame.Frame, before map[string]int) ([]any, error) {
	f := t.main()
	was, err := other.Column(m.Name)
	if err != nil {
		return nil, err
	}
	previous := make([]any, f.Rows())
	for row := range previous {
		if isOther(f, row) {
			continue
		}
		key, err := t.key(f, row)
		if err != nil {
			return nil, err
		}
		if at, ok := before[key]; ok {
			previous[row] = cell(was.Value(at))
		} else if fill(m) == "zero" {
			previous[row] = int64(0)
		}
	}
	return previous, nil
}

// shared adds a measure's share of the total and, where the widget compares, its previous share and how it moved.
func (t *table) shared(m *catalog.Measure, values, previous []any) error {
	total, err := totalOf(t.main(), m, t.in.Results[plan.Main].Truncated)
	if err != nil {
		return err
	}
	field, was, change := t.shareFields(m)
	now := shares(values, total)
	t.add(field, now)
	other := t.comparison()
	if other == nil {
		return nil
	}
	if total, err = totalOf(other, m, t.in.Results[plan.Comparison].Truncated); err != nil {
		return err
	}
	before := shares(previous, total)
	t.add(was, before)
	t.add(change, points(now, before))
	return nil
}

// withoutOthers takes the row of the others out, which was asked for the total alone.
func (t *table) withoutOthers() {
	for row := range t.main().Rows() {
		if !isOther(t.main(), row) {
			continue
		}
		for i, values := range t.data.Data.Values {
			t.data.Data.Values[i] = append(values[:row:row], values[row+1:]...)
		}
		return // there is one
	}
}

// key returns a row's group as one text.
func (t *table) key(f *frame.Frame, row int) (string, error) {
	var b strings.Builder
	for _, d := range t.in.Widget.Spec.Dimensions {
		c, err := f.Column(d.Name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%T:%v\x00", c.Value(row), c.Value(row))
	}
	return b.String(), nil
}

func isOther(f *frame.Frame, row int) bool {
	c, err := f.Column(query.ColumnOther)
	if err != nil {
		return false
	}
	other, _ := c.Value(row).(bool)
	return other
}
