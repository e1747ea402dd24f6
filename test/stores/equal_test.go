package stores

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// equal compares two answers. Numbers may differ in their last digits, since stores add in different orders; those of
// loose measures, which are made of numbers of 63 bits, in as many as a sum of a few hundred doubles of that size loses.
func equal(a, b map[string]any, loose map[string]bool) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	for key := range a {
		if key != "data" && !alike(a[key], b[key]) {
			return false
		}
	}
	if len(a) != len(b) {
		return false
	}
	x, y := columnsOf(a), columnsOf(b)
	if len(x) != len(y) {
		return false
	}
	for i, name := range namesOf(a) {
		switch measure := measureOf(name, loose); {
		case measure == "":
			if !alike(x[i], y[i]) {
				return false
			}
		case strings.HasSuffix(name, "_change_ratio"):
			// A share of what may be nothing but rounding says nothing.
		case !roughly(x[i], y[i]):
			return false
		}
	}
	return true
}

// measureOf returns the loose measure that a column is made of; empty for none.
func measureOf(column string, loose map[string]bool) string {
	for name, is := range loose {
		if is && (column == name || strings.HasPrefix(column, name+"_")) {
			return name
		}
	}
	return ""
}

func columnsOf(data map[string]any) [][]any {
	inner, _ := data["data"].(map[string]any)
	values, _ := inner["values"].([]any)
	out := make([][]any, len(values))
	for i := range values {
		out[i], _ = values[i].([]any)
	}
	return out
}

func namesOf(data map[string]any) []string {
	schema, _ := data["schema"].(map[string]any)
	fields, _ := schema["fields"].([]any)
	out := make([]string, len(fields))
	for i := range fields {
		field, _ := fields[i].(map[string]any)
		out[i], _ = field["name"].(string)
	}
	return out
}

// roughly compares numbers of up to 2^63 that were added as doubles.
func roughly(a, b []any) bool {
	const lost = 1 << 21
	return slices.EqualFunc(a, b, func(x, y any) bool {
		f, ok := x.(float64)
		g, also := y.(float64)
		if !ok || !also {
			return alike(x, y)
		}
		return math.Abs(f-g) <= max(lost, 1e-9*math.Abs(f))
	})
}

// differs points at the first difference of two answers.
func differs(got, want map[string]any) string {
	if got == nil || want == nil {
		return ""
	}
	x, y := columnsOf(got), columnsOf(want)
	names := namesOf(want)
	for i := range min(len(x), len(y), len(names)) {
		if len(x[i]) != len(y[i]) {
			return fmt.Sprintf("column %s has %d values, want %d\n", names[i], len(x[i]), len(y[i]))
		}
		for j := range x[i] {
			if !alike(x[i][j], y[i][j]) {
				return fmt.Sprintf("first at column %s, row %d: %s, want %s\n", names[i], j, text(x[i][j]), text(y[i][j]))
			}
		}
	}
	return ""
}
