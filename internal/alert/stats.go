package alert

import "math"

// Mean returns the arithmetic mean; ok is false for no values, and for a sum that no number holds.
func Mean(values []float64) (mean float64, ok bool) {
	if len(values) == 0 {
		return 0, false
	}
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	return mean, finite(mean)
}

// Sigma returns the standard deviation of all values as they are (divided by n, not by n−1: the history is all there is, and no sample
// of something larger). Values that are all the same have exactly 0.
func Sigma(values []float64) (sigma float64, ok bool) {
	var mean, squares float64
	for i, v := range values { // Welford
		d := v - mean
		mean += d / float64(i+1)
		squares += d * (v - mean)
	}
	if len(values) == 0 || !finite(squares) {
		return 0, false
	}
	return math.Sqrt(squares / float64(len(values))), true
}

// Score returns z = (value − mean)/σ; ok is false where σ is 0, or the score is no number.
func Score(value, mean, sigma float64) (z float64, ok bool) {
	if sigma <= 0 {
		return 0, false
	}
	z = (value - mean) / sigma
	return z, finite(z)
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
