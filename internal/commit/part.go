package commit

import "slices"

// part takes out of a submission the writes that are made elsewhere, before it. What stays has all outputs, and each that is taken out comes with those of
// its writes; where there is none the submission is as it was.
func part(s *Submission, elsewhere func(Op) bool) (here *Submission, away []Output) {
	if !slices.ContainsFunc(s.Outputs, func(o Output) bool { return slices.ContainsFunc(o.Ops, elsewhere) }) {
		return s, nil
	}
	h := *s
	h.Outputs = make([]Output, 0, len(s.Outputs))
	for _, o := range s.Outputs {
		kept, taken := o, o
		kept.Ops, taken.Ops, taken.Unless = nil, nil, nil
		for _, op := range o.Ops {
			if elsewhere(op) {
				taken.Ops = append(taken.Ops, op)
			} else {
				kept.Ops = append(kept.Ops, op)
			}
		}
		if o.Unless != nil && len(taken.Ops) > 0 {
			keys := *o.Unless
			keys.Else = nil // it belongs where the output is, and the keys are not there
			kept.Unless = &keys
		}
		// The ledger keeps the key even without a write: it tells a successor what was sent.
		h.Outputs = append(h.Outputs, kept)
		if len(taken.Ops) > 0 {
			away = append(away, taken)
		}
	}
	return &h, away
}
