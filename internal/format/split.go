package format

import (
	"fmt"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// topGroups returns the groups with the largest totals of the first measure, and the rows of every group.
func topGroups(f *frame.Frame, key frame.Column, spec *catalog.Widget) (top []string, rows map[string][]int) {
	rows = make(map[string][]int)
	totals := make(map[string]float64)
	measure, err := f.Column(spec.Measures[0].Name)
	for row := range f.Rows() {
		name := ""
		if v := key.Value(row); v != nil {
			name = fmt.Sprint(v)
		}
		if _, ok := rows[name]; !ok {
			top = append(top, name)
		}
		rows[name] = append(rows[name], row)
		if err == nil {
			n, _ := measure.Float(row)
			totals[name] += n
		}
	}
	slices.SortStableFunc(top, func(a, b string) int {
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
