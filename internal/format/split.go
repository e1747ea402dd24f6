package format

import (
	"fmt"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
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
