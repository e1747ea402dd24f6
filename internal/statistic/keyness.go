package statistic

import "math"

// Rows counts the rows of two sets: those that have a term, and all.
type Rows struct {
	With, All float64
}

// LogLikelihood is the G² of Dunning, "Accurate Methods for the Statistics of Surprise and Coincidence" (1993), of the table of two sets by rows with and
// without a term: 2 Σ O ln(O/E) over its four cells. Zero says that the term is as common in both. It has one degree of freedom: 3.84 is
// reached by chance in 5 % of the terms, 10.83 in 0.1 %. False says that a set is empty, so that there is nothing to compare.
func LogLikelihood(focus, other Rows) (float64, bool) {
	total := focus.All + other.All
	if focus.All <= 0 || other.All <= 0 {
		return 0, false
	}
	with := focus.With + other.With
	sum := 0.0
	for _, c := range []struct{ observed, row, column float64 }{
		{focus.With, focus.All, with}, {focus.All - focus.With, focus.All, total - with},
		{other.With, other.All, with}, {other.All - other.With, other.All, total - with},
	} {
		if c.observed > 0 { // the limit of x ln x is 0
			sum += c.observed * math.Log(c.observed*total/(c.row*c.column))
		}
	}
	return math.Max(0, 2*sum), true
}

// LogRatio is the binary logarithm of how much more common a term is in the one set than in the other (Hardie, 2014): 1 is twice as common, −1 half. A
// set without the term counts as having half a row with it, since its share has no logarithm. False says that a set is empty, or that neither has the term.
func LogRatio(focus, other Rows) (float64, bool) {
	if focus.All <= 0 || other.All <= 0 || focus.With+other.With <= 0 {
		return 0, false
	}
	return math.Log2(math.Max(focus.With, 0.5) / focus.All / (math.Max(other.With, 0.5) / other.All)), true
}
