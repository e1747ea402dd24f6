package statistic

import (
	"math"
	"slices"
)

// Mean returns the arithmetic mean; ok is false for no values, and for a sum that no number holds.
func Mean(values []float64) (mean float64, ok bool) {
	if len(values) == 0 {
		return 0, false
	}
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	return mean, Finite(mean)
}

// Sigma returns the standard deviation of all values as they are (divided by n, not by n−1: the history is all there is, and no sample
// of something larger). Values that are all the same have exactly 0, which their mean, rounded, would not give.
func Sigma(values []float64) (sigma float64, ok bool) {
	mean, ok := Mean(values)
	if !ok {
		return 0, false
	}
	if slices.Min(values) == slices.Max(values) {
		return 0, true
	}
	squares := 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(len(values))), Finite(squares)
}

// Score returns z = (value − mean)/σ; ok is false where σ is 0, or the score is no number.
func Score(value, mean, sigma float64) (z float64, ok bool) {
	if sigma <= 0 {
		return 0, false
	}
	z = (value - mean) / sigma
	return z, Finite(z)
}

// Finite says that a number is one.
func Finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
