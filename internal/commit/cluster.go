package commit

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed held.lua
var heldText string

//nolint:gochecknoglobals // a compiled script is a constant
var heldScript = redis.NewScript(heldText)

// On a cluster a script reaches one slot alone, and outputs are where their names put them. What is in another slot than the request is written
// before the step that acknowledges it, by a script in its own slot that notes there what it has written: after a crash it is sent again, and changes
// nothing then. So nothing is lost or doubled; what is weaker than on one server is named in docs/reliability.md.

// elsewhereCalls bounds the calls to other slots that are under way for one batch.
const elsewhereCalls = 16

// What held.lua says of a submission.
const (
	notHeld  = 0
	mayWrite = 1
)

// onCluster runs a batch: first what is in other slots, for those that may write, then the step.
func (c *Committer) onCluster(ctx context.Context, subs []*Submission) ([]string, error) {
	states, err := c.states(ctx, subs)
	if err != nil {
		return nil, err
	}
	answers, faults, left := make([]string, len(subs)), make([]error, len(subs)), make([]*Submission, len(subs))
	// Requests side by side; what belongs to one keeps its order.
	requests := map[string][]int{}
	for i, s := range subs {
		if states[i] == notHeld {
			answers[i] = string(Fenced) // it must not come to be held after all, without what it was not allowed to write
			continue
		}
		requests[s.Request] = append(requests[s.Request], i)
	}
	var running sync.WaitGroup
	places := make(chan struct{}, elsewhereCalls)
	for _, indices := range requests {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			for _, i := range indices {
				var there []Output
				left[i], there = c.apart(subs[i])
				for k := 0; k < len(there) && states[i] == mayWrite && faults[i] == nil; k++ {
					faults[i] = c.writeElsewhere(ctx, subs[i].Request, &there[k])
				}
				if len(there) > 0 && states[i] == mayWrite {
					left[i].Withdrawn = true // what is written is committed, whoever withdraws it between the two steps
				}
			}
		})
	}
	running.Wait()
	var here []*Submission
	var index []int
	for i := range subs {
		var refused refusedError
		switch err := faults[i]; {
		case answers[i] != "":
		case err == nil:
			here, index = append(here, left[i]), append(index, i)
		case errors.As(err, &refused):
			answers[i] = "error: " + string(refused)
		default:
			return nil, err // all of it is sent again
		}
	}
	if len(here) > 0 {
		done, err := c.run(ctx, c.o.Redis, here)
		if err != nil {
			return nil, err
		}
		for j, answer := range done {
			answers[index[j]] = answer
		}
	}
	c.forget(ctx, subs, answers)
	return answers, nil
}

// states says which submissions may write elsewhere: those of a worker that has lost its lease, and of a request that was finished before
// or is withdrawn, may not.
func (c *Committer) states(ctx context.Context, subs []*Submission) ([]int64, error) {
	lowest, highest := entries(subs)
	args := []any{c.o.Group, c.o.Consumer, c.o.Names.DonePrefix, max(1, int64(c.o.Window/time.Second)), lowest, highest}
	for _, s := range subs {
		marked, withdrawn := "", ""
		if s.Marked {
			marked = s.Request
		}
		if !s.Withdrawn {
			withdrawn = s.Request
		}
		args = append(args, s.Entry, marked, flag(s.Gone), withdrawn)
	}
	states, err := heldScript.Run(ctx, c.o.Redis, []string{c.o.Names.Stream, c.o.Names.Marks}, args...).Int64Slice()
	if err == nil && len(states) != len(subs) {
		err = fmt.Errorf("commit: %d states of %d submissions", len(states), len(subs))
	}
	return states, err
}
