package consumer

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// conclude commits how an entry ended: its outputs, a later attempt, or its dead letter. All of it goes on even when work is
// being canceled: what is ready is worth publishing, and the script refuses what is no longer ours.
func (c *Consumer) conclude(h *holding, o Outcome) {
	if as := h.withdrawnAs(o.Err); as != "" && !h.Lost() {
		c.endWithdrawn(h, as)
		return
	}
	if o.Stream != "" {
		o.Outputs = []commit.Output{{Ops: []commit.Op{commit.Append{Stream: o.Stream, Fields: commit.Fold(again(h.entry, h.entry.Attempt))}}}}
		s := h.emit.final(o)
		s.Elsewhere, s.Marked = true, false
		c.submit(h, s)
		return
	}
	if o.Err == nil {
		c.submit(h, h.emit.final(o))
		return
	}
	if h.taken.Load() != 0 {
		c.abandon(h)
		return
	}
	if h.entry.gone { // nothing of it could be put back
		c.leaveBehind(h, "giving up failed", o.Err)
		return
	}
	if retry := c.retry(h.entry, o); retry != nil {
		s := h.emit.final(Outcome{})
		s.Requeue = retry
		c.submit(h, s)
		return
	}
	if o = c.giveUp(c.base, h, o.Err); o.Err != nil {
		c.notGivenUp(h, o.Err)
		return
	}
	c.submit(h, h.emit.final(o))
}

// notGivenUp takes care of an entry of which no dead letter could be made.
func (c *Consumer) notGivenUp(h *holding, err error) {
	if w, ok := errors.AsType[*WithdrawnError](err); ok {
		c.endWithdrawn(h, w.As)
		return
	}
	c.leaveBehind(h, "giving up failed", err)
}

// retry says when to try again; nil when that is of no use.
func (c *Consumer) retry(e *Entry, o Outcome) *commit.Requeue {
	if o.Uncharged {
		call(c.Hooks.Requeued, 1)
		return &commit.Requeue{Fields: again(e, e.Attempt), At: time.Now().Add(o.After)}
	}
	class := fault.ClassOf(o.Err)
	if class != fault.Transient && class != fault.Throttled || e.Attempt >= c.Attempts {
		return nil
	}
	pause := c.RetryPause << min(e.Attempt-1, 30)
	if pause <= 0 || pause > c.RetryLongest {
		pause = c.RetryLongest
	}
	pause = time.Duration(float64(pause) * (0.5 + rand.Float64()/2))
	call(c.Hooks.Requeued, 1)
	c.Log.Warn("attempt failed", slog.String("entry", e.ID), slog.Int("attempt", e.Attempt), slog.Any("error", o.Err))
	return &commit.Requeue{Fields: again(e, e.Attempt+1), At: time.Now().Add(max(pause, o.After))}
}

// submit sends the final submission. Its answer ends the holding.
func (c *Consumer) submit(h *holding, s commit.Submission) {
	err := h.emit.settle()
	if err == nil {
		h.concluded.Store(true)
		err = c.committer.Submit(c.base, s, h)
	}
	if err != nil {
		c.refused(h, err)
	}
}

// Answered takes the answer to the final submission.
func (h *holding) Answered(status commit.Status, err error) {
	c := h.emit.c
	if status.Withdrawn() {
		go c.endWithdrawn(h, status) // as below
		return
	}
	if err != nil {
		go c.refused(h, err) // it may take its time, which the committer has not; the drain waits for it as for all that is held
		return
	}
	if status == commit.Done && h.emit.ended() {
		status = h.withdrawnAs(nil)
	}
	if c.Hooks.Committed != nil {
		c.Hooks.Committed(string(status))
	}
	c.done(h)
}

// refused takes care of an entry whose outputs cannot be written where they should go: its dead letter can.
func (c *Consumer) refused(h *holding, err error) {
	if w, ok := errors.AsType[*WithdrawnError](err); ok {
		c.endWithdrawn(h, w.As)
		return
	}
	taken := h.taken.Load()
	if taken == lost || taken == draining || h.refused {
		c.leaveBehind(h, "not committed", err)
		return
	}
	h.refused = true
	if taken == withdrawn {
		c.Log.LogAttrs(c.base, slog.LevelError, "the end of a withdrawn request cannot be told", slog.String("entry", h.entry.ID), slog.Any("error", err))
		c.submit(h, h.emit.final(Outcome{}))
		return
	}
	o := c.giveUp(c.base, h, err)
	if o.Err != nil {
		c.notGivenUp(h, o.Err)
		return
	}
	o.Outputs = slices.DeleteFunc(o.Outputs, func(out commit.Output) bool { return out.Key != "" })
	c.submit(h, h.emit.final(o))
}

// leaveBehind gives an entry back that could not be ended: it stays pending and comes again.
func (c *Consumer) leaveBehind(h *holding, why string, err error) {
	c.Log.LogAttrs(c.base, slog.LevelError, why, slog.String("entry", h.entry.ID), slog.Any("error", err))
	c.abandon(h)
}

// abandon leaves an entry to others: lost ones are theirs already, the rest is handed back.
func (c *Consumer) abandon(h *holding) {
	defer c.done(h)
	if h.taken.Load() == lost {
		return
	}
	c.held.remove(h.entry.ID) // no renewal makes its lease start anew once it is handed back
	ctx, cancel := context.WithTimeout(c.base, 2*time.Second)
	defer cancel()
	c.giveBack(ctx, h.entry.ID)
}
