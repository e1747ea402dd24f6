package alert

import "github.com/go-dispatcher/dispatcher/internal/statistic"

// Judge applies a rule. The same observation has the same verdict.
func Judge(r *Rule, o *Observed) Verdict {
	v := Verdict{}
	for _, p := range o.Current {
		v.Rows += p.Rows
	}
	if mean, ok := statistic.Mean(known(o.Current)); ok {
		v.Value = &mean
	}
	if history := o.History; r.Kind == Spike || r.Kind == Trend {
		v.baseline(r, past(history))
	} else {
		v.baseline(r, known(history))
	}
	v.State = v.decide(r)
	return v
}

// decide finds the state; what keeps an alert from firing is named in the order in which one would look.
func (v *Verdict) decide(r *Rule) State {
	v.bound(r)
	switch {
	case r.Kind == Summary && v.Rows < max(1, r.MinCount):
		return NothingHappened
	case v.Rows < r.MinCount:
		return TooFew
	case r.Kind == Summary:
		return Fired
	case v.Value == nil:
		return NoValue
	case r.Kind == Spike || r.Kind == Trend:
		return v.against(r)
	case r.AtMost != nil && r.Kind == Threshold:
		return fires(*v.Value <= *v.Bound, BelowThreshold)
	default:
		return fires(v.Bound != nil && *v.Value >= *v.Bound, BelowThreshold)
	}
}

// bound says what the value is compared with.
func (v *Verdict) bound(r *Rule) {
	switch r.Kind {
	case Threshold:
		v.Bound = r.AtLeast
		if r.AtMost != nil {
			v.Bound = r.AtMost
		}
	case Rows:
		least := float64(max(1, r.MinCount))
		v.Bound = &least
	case Spike, Trend:
		if v.Mean == nil || v.Sigma == nil || v.Past < r.MinHistory {
			return
		}
		if b := *v.Mean + r.K*max(*v.Sigma, r.MinSigma); statistic.Finite(b) {
			v.Bound = &b
		}
	case Summary: // is not compared
	}
}

// against compares the value with the baseline.
func (v *Verdict) against(r *Rule) State {
	switch {
	case v.Past < r.MinHistory || v.Mean == nil:
		return TooLittlePast
	case v.Score == nil || v.Bound == nil:
		return NoVariation
	case r.Kind == Trend:
		return fires(*v.Score >= r.K, WithinBaseline)
	default:
		return fires(*v.Value > *v.Bound, WithinBaseline)
	}
}

func fires(yes bool, otherwise State) State {
	if yes {
		return Fired
	}
	return otherwise
}

// baseline computes what the history says.
func (v *Verdict) baseline(r *Rule, history []float64) {
	v.Past = len(history)
	mean, ok := statistic.Mean(history)
	if !ok {
		return
	}
	v.Mean = &mean
	sigma, ok := statistic.Sigma(history)
	if ok {
		v.Sigma = &sigma
	}
	if v.Value == nil {
		return
	}
	if d := *v.Value - mean; statistic.Finite(d) {
		v.Deviation = &d
	}
	if z, scored := statistic.Score(*v.Value, mean, max(sigma, r.MinSigma)); ok && scored {
		v.Score = &z
	}
}

// past returns the values of a history: from its first bucket with rows on, since before that there was nothing to watch yet.
// Empty buckets after it count: nothing happened then.
func past(history []Point) []float64 {
	for i, p := range history {
		if p.Rows > 0 {
			return known(history[i:])
		}
	}
	return nil
}

func known(points []Point) []float64 {
	out := make([]float64, 0, len(points))
	for _, p := range points {
		if p.Known && statistic.Finite(p.Value) {
			out = append(out, p.Value)
		}
	}
	return out
}
