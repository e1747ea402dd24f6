package format

import (
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// breakdown is a row a group, the largest first, then one row for all the others where the widget has it. Previous
// values are found by the group's key; a group that did not exist then has the previous value 0 for what
// counts, and null for all else. The others have no previous value: they are other groups then.
func breakdown(t *table) error {
	f := t.main()
	spec := t.in.Widget.Spec
	if err := t.dimensions(); err != nil {
		return err
	}
	var before map[string]int
	if other := t.comparison(); other != nil {
		before = make(map[string]int, other.Rows())
		for row := range other.Rows() {
			key, err := t.key(other, row)
			if err != nil {
				return err
			}
			before[key] = row
		}
	}
	for _, m := range spec.Measures {
		c, err := f.Column(m.Name)
		if err != nil {
			return err
		}
		values := column(c)
		t.add(t.measureField(m), values)
		if other := t.comparison(); other != nil {
			was, err := other.Column(m.Name)
			if err != nil {
				return err
			}
			previous := make([]any, len(values))
			for row := range previous {
				if isOther(f, row) {
					continue
				}
				key, err := t.key(f, row)
				if err != nil {
					return err
				}
				if at, ok := before[key]; ok {
					previous[row] = cell(was.Value(at))
				} else if fill(m) == "zero" {
					previous[row] = int64(0)
				}
			}
			t.compare(m, values, previous)
		}
	}
	if _, ok := f.Index(query.ColumnOther); ok {
		c, err := f.Column(query.ColumnOther)
		if err != nil {
			return err
		}
		t.add(Field{Name: "is_other", Type: "boolean", Role: roleOther}, column(c))
	}
	return nil
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
