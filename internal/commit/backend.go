package commit

import (
	"cmp"
	"context"
	"errors"
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
	here, away := part(s, onBackend)
	if len(away) == 0 {
		return s, nil
	}
	for i := range away {
		away[i].Key = cmp.Or(away[i].Key, finishKey)
	}
	return here, &Submission{Request: s.Request, Outputs: away}
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
