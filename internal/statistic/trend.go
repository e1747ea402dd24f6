package statistic

import (
	"math"
	"slices"
)

// MinHistory is how many windows of history a trend score needs: two have a deviation, but of them nothing can be told.
const MinHistory = 3

// MinDeviation is the least deviation that a score divides by. Counts move in whole rows, so a deviation below one row cannot be told from none; without
// the floor a term that was never there before would have no score, and one that was there once in ten windows a huge one. It is the bias term
// of Schubert, Weiler and Kriegel, "SigniTrend" (KDD 2014), as a floor, so that it changes no score of a term that varies by a row or more.
const MinDeviation = 1.0

// Trend is how far a count lies from its history.
type Trend struct {
	// Score is (current − mean) / deviation.
	Score float64
	// Mean and Deviation are those of the history; the deviation is the population's, as it is, without the floor.
	Mean, Deviation float64
	// Floored says that MinDeviation took the place of Deviation.
	Floored bool
}

// TrendOf scores a count against those of the windows before. False says that there are fewer than MinHistory of them; mean and deviation are given all the
// same, where there is one.
func TrendOf(current float64, history []float64) (Trend, bool) {
	if len(history) == 0 {
		return Trend{}, false
	}
	history = slices.Sorted(slices.Values(history)) // so that equal counts in another order have the same score to the last digit
	var t Trend
	t.Mean, _ = Mean(history)
	t.Deviation, _ = Sigma(history)
	t.Floored = t.Deviation < MinDeviation
	t.Score = (current - t.Mean) / math.Max(t.Deviation, MinDeviation)
	return t, len(history) >= MinHistory
}
