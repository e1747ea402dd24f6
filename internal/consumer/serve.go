package consumer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// start hands an entry to a worker. The caller has taken a slot for it, so that one is free.
func (c *Consumer) start(work context.Context, e *Entry) {
	ctx, cancel := context.WithCancelCause(work)
	h := &holding{entry: e, ctx: ctx, cancel: cancel}
	if !c.held.add(h) {
		cancel(nil)
		c.release(1)
		return
	}
	c.work <- h
}

// serveAll is a worker: it serves one entry after the other.
func (c *Consumer) serveAll() {
	for h := range c.work {
		c.serve(h)
		h.cancel(nil)
		c.held.remove(h.entry.ID)
		c.release(1)
	}
}

// serve runs one entry to its end.
func (c *Consumer) serve(h *holding) {
	em := &emitter{c: c, h: h, request: h.entry.First}
	outcome := c.first(h, em)
	// A commit must get its chance even when work is being canceled: what is ready is worth publishing, and
	// the script refuses what is no longer ours.
	ctx := context.WithoutCancel(h.ctx)
	for tries := 0; ; tries++ {
		if h.ctx.Err() != nil && (outcome.Err != nil || tries > 0) {
			c.abandon(ctx, h)
			return
		}
		sub := em.final(outcome)
		if outcome.Err != nil {
			if retried, ok := c.requeue(h.entry, outcome); ok {
				sub.Outputs, sub.Requeue = nil, retried
			} else {
				outcome = c.giveUp(ctx, h.entry, em, outcome.Err)
				if outcome.Err != nil {
					// Even the dead letter cannot be made now: the entry stays pending and comes again.
					c.Log.LogAttrs(ctx, slog.LevelError, "giving up failed", slog.String("entry", h.entry.ID), slog.Any("error", outcome.Err))
					c.abandon(ctx, h)
					return
				}
				sub = em.final(outcome)
			}
		}
		err := c.commit(h, em, sub)
		if err == nil {
			return
		}
		if h.ctx.Err() != nil || tries >= 1 {
			c.Log.LogAttrs(ctx, slog.LevelError, "not committed", slog.String("entry", h.entry.ID), slog.Any("error", err))
			c.abandon(ctx, h)
			return
		}
		// An output cannot be written where it should go. The dead letter can.
		outcome = c.giveUp(ctx, h.entry, em, err)
		outcome.Outputs = slices.DeleteFunc(outcome.Outputs, func(o commit.Output) bool { return o.Key != "" })
	}
}

// first runs the entry, or gives it up unexecuted: one that was trimmed away, and one that has
// been handed out too often, because it may be what kills the workers.
func (c *Consumer) first(h *holding, em *emitter) Outcome {
	e := h.entry
	switch {
	case e.gone:
		return c.giveUp(h.ctx, e, em, fault.New(fault.Reject, "trimmed_while_pending", "the request was removed from its stream before it was served", nil))
	case e.Deliveries > int64(c.DeliveryLimit):
		return c.giveUp(h.ctx, e, em, fault.New(fault.Reject, "delivery_limit",
			"the request was handed out too often without an answer", fmt.Errorf("consumer: %d deliveries", e.Deliveries)))
	}
	return c.handle(h.ctx, e, em)
}

func (c *Consumer) handle(ctx context.Context, e *Entry, em *emitter) (out Outcome) {
	defer c.recovered(e, &out)
	return c.Handler.Handle(ctx, e, em)
}

func (c *Consumer) giveUp(ctx context.Context, e *Entry, em *emitter, err error) (out Outcome) {
	defer c.recovered(e, &out)
	return c.Handler.GiveUp(ctx, e, em, err)
}

func (c *Consumer) recovered(e *Entry, out *Outcome) {
	if r := recover(); r != nil {
		c.Log.Error("handler panicked", slog.String("entry", e.ID), slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
		*out = Outcome{Err: fault.New(fault.Permanent, "controller_error", "", fmt.Errorf("consumer: panic: %v", r))}
	}
}

// requeue says when to try again; false when that is of no use.
func (c *Consumer) requeue(e *Entry, o Outcome) (*commit.Requeue, bool) {
	class := fault.ClassOf(o.Err)
	if class != fault.Transient && class != fault.Throttled || e.Attempt >= c.Attempts {
		return nil, false
	}
	pause := c.RetryPause << min(e.Attempt-1, 30)
	if pause <= 0 || pause > c.RetryLongest {
		pause = c.RetryLongest
	}
	pause = time.Duration(float64(pause) * (0.5 + rand.Float64()/2))
	call(c.Hooks.Requeued, 1)
	c.Log.Warn("attempt failed", slog.String("entry", e.ID), slog.Int("attempt", e.Attempt), slog.Any("error", o.Err))
	return &commit.Requeue{Fields: again(e), At: time.Now().Add(max(pause, o.After))}, true
}

// commit sends the final submission and waits for its answer.
func (c *Consumer) commit(h *holding, em *emitter, sub commit.Submission) error {
	// The committer ends after all work: its own answer is waited for, not this entry's context.
	ctx := context.WithoutCancel(h.ctx)
	if err := em.settle(ctx); err != nil {
		return err
	}
	p, err := c.committer.Submit(ctx, sub)
	if err != nil {
		return err
	}
	status, err := p.Wait(ctx)
	if err != nil {
		return err
	}
	if c.Hooks.Committed != nil {
		c.Hooks.Committed(string(status))
	}
	return nil
}

// abandon leaves an entry to others: lost ones are theirs already, the rest is handed back.
func (c *Consumer) abandon(ctx context.Context, h *holding) {
	if errors.Is(context.Cause(h.ctx), errLost) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c.giveBack(ctx, h.entry.ID)
}
