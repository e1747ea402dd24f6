package commit

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// finishKey is the ledger's key, on the backend, of the writes that close a request.
const finishKey = "__finish"

// backendFirst writes what belongs on the backend, and returns the submissions without it. The backend knows
// no stream entries, so its part is made idempotent by a ledger of its own: written before
// the acknowledgement, it may be sent again after a crash and changes nothing then.
func (c *Committer) backendFirst(ctx context.Context, subs []*Submission) ([]*Submission, error) {
	var there []*Submission
	here := make([]*Submission, len(subs))
	for i, s := range subs {
		h, t := split(s)
		here[i] = h
		if t != nil {
			there = append(there, t)
		}
	}
	if len(there) == 0 {
		return subs, nil
	}
	answers, err := c.run(ctx, c.o.Backend, there)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		if text, failed := strings.CutPrefix(a, "error: "); failed {
			return nil, errors.New(text)
		}
	}
	return here, nil
}

// split parts a submission into what the broker and what the backend writes.
func split(s *Submission) (here, there *Submission) {
	if !slices.ContainsFunc(s.Outputs, func(o Output) bool { return slices.ContainsFunc(o.Ops, onBackend) }) {
		return s, nil
	}
	h := *s
	h.Outputs = nil
	there = &Submission{Request: s.Request}
	for _, o := range s.Outputs {
		b, back := o, o
		b.Ops, back.Ops, back.Unless = nil, nil, nil
		for _, op := range o.Ops {
			if onBackend(op) {
				back.Ops = append(back.Ops, op)
			} else {
				b.Ops = append(b.Ops, op)
			}
		}
		if o.Unless != nil && len(b.Ops) < len(o.Ops) {
			keys := *o.Unless
			keys.Else = nil // it belongs on the backend, where the keys are not
			b.Unless = &keys
		}
		// The broker's ledger keeps the key even without a write: it tells a successor what was sent.
		h.Outputs = append(h.Outputs, b)
		if len(back.Ops) > 0 {
			if back.Key == "" {
				back.Key = finishKey
			}
			there.Outputs = append(there.Outputs, back)
		}
	}
	return &h, there
}

func onBackend(op Op) bool {
	switch op.(type) {
	case SetField, CountFinished:
		return true
	case Append, Queue, Pass, Round:
		return false
	}
	return false
}
