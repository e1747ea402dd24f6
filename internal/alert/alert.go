// Package alert decides whether an alert fires. It knows numbers, not where they come from: a rule, what was
// observed, and a verdict that says the value, what it was compared with, and why. It never answers NaN or infinity: where
// there is nothing to compare with, the verdict says so and does not fire.
package alert

import "time"

// Kind is how a rule decides.
type Kind string

// The kinds of rules.
const (
	// Threshold: the measure over the window is at least, or at most, a bound.
	Threshold Kind = "threshold"
	// Spike: the mean of the window's buckets is above the mean of the baseline's + k·σ.
	Spike Kind = "spike"
	// Trend: for each value of a dimension, z = (current − mean)/σ of the windows before is at least k.
	Trend Kind = "trend"
	// Rows: there are rows of a sort (with a column of at least a bound).
	Rows Kind = "rows"
	// Summary: there was something; the numbers of the window against those before.
	Summary Kind = "summary"
)

// Rule is one rule with its numbers.
type Rule struct {
	Kind Kind
	// Window is the time that is judged; it ends when the alert is evaluated. Baseline is the time directly before it, 0 is none. Both
	// are cut into buckets of Bucket, which is the window itself for all kinds but Spike.
	Window, Baseline, Bucket time.Duration
	// AtLeast or AtMost is the bound of a threshold; AtLeast that of a column of Rows. Nil is none.
	AtLeast, AtMost *float64
	// K is how many standard deviations: of a spike above the mean, of a trend the least score.
	K float64
	// MinSigma is the least σ that a score divides by: what counts whole rows cannot tell less from none. 0 is none.
	MinSigma float64
	// MinCount is how many rows the window must have, MinHistory how many buckets the baseline.
	MinCount   int64
	MinHistory int
	// Cooldown is how long an alert that was delivered stays silent; 0 is not at all.
	Cooldown time.Duration
}

// Buckets returns how many buckets the baseline has.
func (r *Rule) Buckets() int {
	if r.Bucket <= 0 {
		return 0
	}
	return int(r.Baseline / r.Bucket)
}

// State is what became of an evaluation.
type State string

// The states. Only Fired fires.
const (
	Fired           State = "fired"
	BelowThreshold  State = "below_threshold"  // the bound is not reached
	WithinBaseline  State = "within_baseline"  // not far enough from the baseline
	TooFew          State = "too_few"          // fewer rows than the minimum
	TooLittlePast   State = "too_little_past"  // the baseline has too few buckets with a history
	NoVariation     State = "no_variation"     // σ of the baseline is 0
	NoValue         State = "no_value"         // the measure has no value: a ratio over nothing, say
	CoolingDown     State = "cooling_down"     // it was delivered a while ago
	NothingHappened State = "nothing_happened" // a summary of nothing
)

// Point is a bucket: its value, unless there is none, and how many rows it has.
type Point struct {
	Value float64
	Known bool
	Rows  int64
}

// Observed is what a rule judges.
type Observed struct {
	// Current are the window's buckets: one, but for a spike. History are the baseline's, the oldest first.
	Current, History []Point
}

// Verdict is a judgement. A pointer is nil where there is no such number.
type Verdict struct {
	State State
	// Value is the measure over the window, of a spike its mean a bucket. Bound is what it was compared with.
	Value, Bound *float64
	// Rows is how many rows the window has.
	Rows int64
	// Mean and Sigma are of the baseline's buckets, of which Past had a value. Deviation is Value − Mean, Score that over Sigma.
	Mean, Sigma, Deviation, Score *float64
	Past                          int
}

// Fired says whether the alert fires.
func (v *Verdict) Fired() bool { return v.State == Fired }
