package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// row is one row of a widget: texts, numbers (float64) and nothing (nil).
type row []any

// answers are the rows of a page's widgets. What a widget's columns are, page.go's statements say. Rows of no value are left out: some peers send them for empty
// buckets, others do not.
type answers map[string][]row

// ranked widgets have an order that is part of the answer; that of the others is by their first columns.
func ranked(widget string) bool {
	return widget == "top_origins" || widget == "late_destinations" || widget == "late_routes"
}

// differs says where two pages differ, as one sentence; nothing where they are the same.
func (a answers) differs(b answers) string {
	for _, w := range widgets {
		x, y := ordered(w, a[w]), ordered(w, b[w])
		if len(x) != len(y) {
			return fmt.Sprintf("%s has %d rows, and %d", w, len(x), len(y))
		}
		if len(x) == 0 {
			return w + " is empty"
		}
		for i := range x {
			if !slices.EqualFunc(x[i], y[i], run.Same) {
				return fmt.Sprintf("%s, row %d: %v, and %v", w, i, x[i], y[i])
			}
		}
	}
	return ""
}

func ordered(widget string, rows []row) []row {
	if ranked(widget) {
		return rows
	}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(x, y row) int {
		for i := range x {
			a, b := x[i], y[i]
			if fa, ok := a.(float64); ok {
				if fb, ok := b.(float64); ok && fa != fb {
					return int(math.Copysign(1, fa-fb))
				}
			}
			if c := strings.Compare(fmt.Sprint(a), fmt.Sprint(b)); c != 0 {
				return c
			}
		}
		return 0
	})
	return rows
}
