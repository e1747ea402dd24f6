package statistic_test

import (
	"math"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/statistic"
)

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

func TestTrendScore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		current         float64
		history         []float64
		score, mean, sd float64
		floored, ok     bool
	}{
		// 2, 4, 4, 4, 5, 5, 7, 9 is the textbook's list of mean 5 and deviation 2.
		"three deviations above": {11, []float64{2, 4, 4, 4, 5, 5, 7, 9}, 3, 5, 2, false, true},
		"below":                  {4, []float64{2, 4, 4, 4, 5, 5, 7, 9}, -0.5, 5, 2, false, true},
		"never before":           {12, []float64{0, 0, 0, 0}, 12, 0, 0, true, true},
		"always the same":        {7, []float64{7, 7, 7}, 0, 7, 0, true, true},
		"less than a row":        {5, []float64{0, 0, 0, 1}, 4.75, 0.25, math.Sqrt(3) / 4, true, true},
		"two windows":            {9, []float64{1, 3}, 7, 2, 1, false, false},
		"no history":             {9, nil, 0, 0, 0, false, false},
	} {
		got, ok := statistic.TrendOf(c.current, c.history)
		if ok != c.ok || got.Floored != c.floored || !near(got.Score, c.score, 1e-12) || !near(got.Mean, c.mean, 1e-12) || !near(got.Deviation, c.sd, 1e-12) {
			t.Errorf("%s: %+v, %v; want score %v, mean %v, deviation %v, floored %v, %v", name, got, ok, c.score, c.mean, c.sd, c.floored, c.ok)
		}
	}
}

// The pairs of words with the highest scores in table 3 of Dunning (1993), whose cells are: both words, the first without the second, the second
// without the first, neither.
func TestLogLikelihoodOfDunning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ both, first, second, neither, want float64 }{
		"the swiss":     {110, 2442, 111, 29114, 270.72},
		"can be":        {29, 13, 123, 31612, 263.90},
		"previous year": {31, 23, 139, 31584, 256.84},
		"mineral water": {10, 0, 3, 31764, 167.23},
	} {
		got, ok := statistic.LogLikelihood(statistic.Rows{With: c.both, All: c.both + c.first}, statistic.Rows{With: c.second, All: c.second + c.neither})
		if !ok || !near(got, c.want, 0.005) {
			t.Errorf("%s: %v, %v; want %v", name, got, ok, c.want)
		}
	}
}

func TestLogLikelihoodOfNothing(t *testing.T) {
	t.Parallel()
	if g, ok := statistic.LogLikelihood(statistic.Rows{With: 5, All: 50}, statistic.Rows{With: 20, All: 200}); !ok || !near(g, 0, 1e-9) {
		t.Errorf("as common in both: %v, %v", g, ok)
	}
	if g, ok := statistic.LogLikelihood(statistic.Rows{With: 50, All: 50}, statistic.Rows{With: 200, All: 200}); !ok || g != 0 {
		t.Errorf("in all rows of both: %v, %v", g, ok)
	}
	for _, c := range [][2]statistic.Rows{{{With: 0, All: 0}, {With: 3, All: 9}}, {{With: 3, All: 9}, {With: 0, All: 0}}} {
		if g, ok := statistic.LogLikelihood(c[0], c[1]); ok {
			t.Errorf("%v: %v, of an empty set", c, g)
		}
	}
}

func TestLogRatio(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		focus, other statistic.Rows
		want         float64
		ok           bool
	}{
		"four times":       {statistic.Rows{With: 20, All: 100}, statistic.Rows{With: 50, All: 1000}, 2, true},
		"half":             {statistic.Rows{With: 5, All: 100}, statistic.Rows{With: 100, All: 1000}, -1, true},
		"never elsewhere":  {statistic.Rows{With: 8, All: 100}, statistic.Rows{With: 0, All: 100}, 4, true},
		"in neither":       {statistic.Rows{With: 0, All: 100}, statistic.Rows{With: 0, All: 100}, 0, false},
		"of an empty set":  {statistic.Rows{With: 0, All: 0}, statistic.Rows{With: 5, All: 100}, 0, false},
		"only elsewhere":   {statistic.Rows{With: 0, All: 100}, statistic.Rows{With: 4, All: 100}, -3, true},
		"as common in all": {statistic.Rows{With: 3, All: 30}, statistic.Rows{With: 10, All: 100}, 0, true},
	} {
		if got, ok := statistic.LogRatio(c.focus, c.other); ok != c.ok || !near(got, c.want, 1e-12) {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, ok, c.want, c.ok)
		}
	}
}

func TestHalf(t *testing.T) {
	t.Parallel()
	hour := func(i, n float64) statistic.Bin { return statistic.Bin{From: i * 3600, To: (i + 1) * 3600, Value: n} }
	for name, c := range map[string]struct {
		bins []statistic.Bin
		want float64
		ok   bool
	}{
		"within a bin":    {[]statistic.Bin{hour(0, 4), hour(1, 8), hour(2, 4)}, 5400, true}, // 4 of 8 in the second hour
		"at an edge":      {[]statistic.Bin{hour(0, 5), hour(1, 5)}, 3600, true},
		"empty bins":      {[]statistic.Bin{hour(0, 0), hour(1, 6), hour(2, 0)}, 5400, true},
		"in an open bin":  {[]statistic.Bin{hour(0, 1), {From: 3600, Open: true, Value: 9}}, 0, false},
		"nothing":         {[]statistic.Bin{hour(0, 0)}, 0, false},
		"less than that":  {[]statistic.Bin{hour(0, 5), hour(1, -1)}, 0, false},
		"no bins":         {nil, 0, false},
		"open, elsewhere": {[]statistic.Bin{hour(0, 6), {From: 3600, Open: true, Value: 2}}, 2400, true},
	} {
		if got, ok := statistic.Half(c.bins); ok != c.ok || ok && !near(got, c.want, 1e-9) {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, ok, c.want, c.ok)
		}
	}
}
