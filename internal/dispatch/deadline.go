package dispatch

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// A request may say when its answer is not worth anything any more (deadline_at). It is not begun after that, and what runs then ends. Like a request's age the
// deadline counts for its first answer: not for further rounds, nor for what an operator replays.

// aging says that it matters when the request was made.
func (j *job) aging() bool {
	_, replayed := j.replayed()
	return !replayed && !j.further()
}

func (j *job) expired(now time.Time) bool {
	return j.aging() && !j.req.Deadline.IsZero() && !now.Before(j.req.Deadline)
}

// within bounds the work on a request by its deadline.
func (j *job) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if j.req.Deadline.IsZero() || !j.aging() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, j.req.Deadline)
}

func expired(cause error) error {
	return fault.New(fault.Reject, models.ReasonExpired, "the request's deadline_at has passed", cause)
}
