package consumer

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// start hands entries to the workers. The caller has taken a slot for each.
func (c *Consumer) start(entries ...*Entry) {
	list, now := make([]*holding, 0, len(entries)), time.Now()
	for _, e := range entries {
		h := &holding{entry: e, lease: lease{Context: c.base}}
		if n := e.Deliveries; n > 1 && n <= int64(c.DeliveryLimit) {
			h.since, h.suspect = now, n >= int64(c.suspectFrom())
		}
		h.emit = emitter{c: c, h: h, lane: c.lane, request: e.First}
		if c.Timeout > 0 {
			h.lease.end = now.Add(c.Timeout)
		}
		if c.held.add(h) {
			list = append(list, h)
		} else {
			c.places.free(1)
		}
	}
	c.running.Add(len(list))
	c.workers.add(list...)
}

// done ends a holding: whatever happened to its entry, this process is through with it.
func (c *Consumer) done(h *holding) {
	h.lease.release()
	c.held.remove(h.entry.ID)
	if !h.since.IsZero() && c.suspectsWait.Load() { // others may have waited for its end
		c.lookAgain()
	}
	c.places.free(1)
	c.running.Done()
}

// serve is what a worker does with an entry. It does not wait for its commit.
func (c *Consumer) serve(h *holding) { c.conclude(h, c.first(h)) }

// first runs the entry, or gives it up unexecuted: one that was trimmed away, and one that has
// been handed out too often, because it may be what kills the workers.
func (c *Consumer) first(h *holding) Outcome {
	switch e := h.entry; {
	case e.gone:
		return c.giveUp(c.base, h, fault.New(fault.Reject, "trimmed_while_pending", "the request was removed from its stream before it was served", nil))
	case e.Deliveries > int64(c.DeliveryLimit):
		return c.giveUp(c.base, h, fault.New(fault.Reject, "delivery_limit",
			"the request was handed out too often without an answer", fmt.Errorf("consumer: %d deliveries", e.Deliveries)))
	}
	return c.handle(h)
}

func (c *Consumer) handle(h *holding) (out Outcome) {
	defer c.recovered(h.entry, &out)
	return c.Handler.Handle(&h.lease, h.entry, &h.emit)
}

func (c *Consumer) giveUp(ctx context.Context, h *holding, err error) (out Outcome) {
	defer c.recovered(h.entry, &out)
	return c.Handler.GiveUp(ctx, h.entry, &h.emit, err)
}

func (c *Consumer) recovered(e *Entry, out *Outcome) {
	if r := recover(); r != nil {
		c.Log.Error("handler panicked", slog.String("entry", e.ID), slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
		*out = Outcome{Err: fault.New(fault.Permanent, "controller_error", "", fmt.Errorf("consumer: panic: %v", r))}
	}
}
