package commit

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// finishKey is the ledger's key, on the backend, of the writes that close a request.
const finishKey = "__finish"

// backendFirst writes what belongs on the backend, and returns the submissions without it. The backend knows
// no stream entries, so its part is made idempotent by a ledger of its own: written before
// the acknowledgement, it may be sent again after a crash and changes nothing then.
func (c *Committer) backendFirst(ctx context.Context, subs []*Submission) ([]*Submission, error) {
	withdrawn, err := c.withdrawn(ctx, subs)
	if err != nil {
		return nil, err
	}
	var there []*Submission
	here := make([]*Submission, len(subs))
	for i, s := range subs {
		h, t := split(s)
		here[i] = h
		if t != nil && !withdrawn[s.Request] { // the broker refuses what is
			there = append(there, t)
			h.Withdrawn = true // what is written is committed, whoever withdraws it between the two steps
		}
	}
	if len(there) == 0 {
		return here, nil
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

// withdrawn says which requests the broker has as withdrawn, of those that would be written on the backend.
func (c *Committer) withdrawn(ctx context.Context, subs []*Submission) (map[string]bool, error) {
	marks := make(map[string]*redis.BoolCmd)
	_, err := c.o.Redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, s := range subs {
			if !s.Withdrawn && slices.ContainsFunc(s.Outputs, func(o Output) bool { return slices.ContainsFunc(o.Ops, onBackend) }) {
				marks[s.Request] = pipe.HExists(ctx, c.o.Names.Marks, s.Request)
			}
		}
		return nil
	})
	found := make(map[string]bool, len(marks))
	for request, mark := range marks {
		found[request] = mark.Val()
	}
	return found, err
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
	case Append, Queue, Pass, Round, Withdraw:
		return false
	}
	return false
}
