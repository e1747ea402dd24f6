package catalog

import (
	"slices"
	"strings"
)

// Suggest returns "did you mean x?" for the known name closest to the given one, the list of known names
// where none is close and they are few, and "" otherwise.
func Suggest(name string, known []string) string {
	known = slices.Sorted(slices.Values(known))
	best, limit := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < limit && d < len(name) {
			best, limit = k, d
		}
	}
	switch {
	case best != "":
		return "did you mean " + best + "?"
	case len(known) > 0 && len(known) <= 12:
		return "known: " + strings.Join(known, ", ")
	}
	return ""
}

// distance is the Levenshtein distance with a swap of neighbors counted as one step.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return max(len(x), len(y))
	}
	var before, last []int
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		before, last = last, row
		row = make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(y)]
}
