package draw

import (
	"slices"
	"sort"
	"strings"
)

// blank is the shade of what has no value, and of zero where nothing lies below it.
const blank = "·"

// steps are the shades of a grid. Each has as many of the values, as far as equal values allow: one that is far above all others takes the last shade and not the other three, too.
type steps struct {
	// lows are the smallest values of each step; highs the largest.
	lows, highs []float64
	shades      []string
	// zero says that zero is blank.
	zero bool
}

// newSteps parts values into up to four steps.
func newSteps(values []float64) *steps {
	s := &steps{zero: !slices.ContainsFunc(values, func(v float64) bool { return v < 0 })}
	rest := slices.DeleteFunc(slices.Sorted(slices.Values(values)), s.blank)
	for left := 4; len(rest) > 0; left-- {
		last := rest[max(1, len(rest)/left)-1]
		s.lows, s.highs = append(s.lows, rest[0]), append(s.highs, last)
		rest = rest[sort.Search(len(rest), func(i int) bool { return rest[i] > last }):]
	}
	s.shades = [][]string{nil, {"█"}, {"▒", "█"}, {"░", "▒", "█"}, {"░", "▒", "▓", "█"}}[len(s.lows)]
	return s
}

func (s *steps) blank(v float64) bool { return s.zero && v == 0 }

// shade is a value's.
func (s *steps) shade(v float64) string {
	i := sort.Search(len(s.lows), func(i int) bool { return s.lows[i] > v })
	if i == 0 || s.blank(v) {
		return blank
	}
	return s.shades[i-1]
}

// legend says what each shade stands for.
func (s *steps) legend(show func(float64) string) string {
	var parts []string
	for i, shade := range s.shades {
		text := show(s.lows[i])
		if high := show(s.highs[i]); high != text {
			text += "–" + high
		}
		parts = append(parts, shade+" "+text)
	}
	return strings.Join(parts, "  ")
}
