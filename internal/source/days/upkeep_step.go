package days

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/idle"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

const (
	// splitAlone is how many days upkeep keeps alone at the beginning of a range: it moves on as often before they have to be divided again.
	splitAlone = 3
	// leastTogether is how many of the other days a step asks for at least, and mostSteps of how many steps a range is divided in: each leaves a piece of the range, of which there are fewer than mostMerged.
	leastTogether, mostSteps = 31, 5
	// stepTime bounds the time of a step.
	stepTime = time.Minute
)

// upkeep is one shape over some days.
type upkeep struct {
	source *Source
	shape  *shape
	days   block
	steps  [][]block // that are left, each of neighboring blocks
	since  time.Time
	// subtracts says that the days are kept together: of the last block of a step nothing has to be asked.
	subtracts bool
}

// steps divides a range into what is asked for by one query each: the first few days alone, and as many others as a step has together; then the rest of these.
func steps(days block) [][]block {
	blocks := split(days, splitAlone)
	rest := blocks[len(blocks)-1]
	each := max(leastTogether, (rest.days()+mostSteps-1)/mostSteps)
	var out [][]block
	for first := blocks[:len(blocks)-1]; ; first = nil {
		n := min(each, rest.days())
		out = append(out, append(slices.Clip(first), rest[:n+1]))
		if rest = rest[n:]; rest.days() == 0 {
			return out
		}
	}
}

// step does the next one, and says whether there is more to do. Of what gave way to an answer the same step is left; what fails is asked for when it is needed.
func (u *upkeep) step(ctx context.Context) (more bool) {
	within, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	do := u.compute
	if u.subtracts {
		do = u.subtract
	}
	switch err := do(within, u.steps[0]); {
	case errors.Is(context.Cause(ctx), idle.ErrOver):
		return true
	case err != nil:
		return false
	}
	u.steps = u.steps[1:]
	return len(u.steps) > 0
}

// compute asks for neighboring blocks, all at one moment, and keeps them.
func (u *upkeep) compute(ctx context.Context, blocks []block) (err error) {
	defer fault.Recovered("days", &err)
	entries, err := u.source.begin(ctx, u.shape, blocks)
	if err != nil {
		return err
	}
	answer, err := u.ask(ctx, u.shape.over(blocks))
	if err != nil {
		return err
	}
	return u.source.put(ctx, u.shape, entries, answer)
}

// ask returns an answer that is whole.
func (u *upkeep) ask(ctx context.Context, q *query.Query) (*frame.Frame, error) {
	r, err := u.source.Source.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	if r.Truncated {
		return nil, errParts
	}
	return r.Frame, nil
}
