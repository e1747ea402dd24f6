package consumer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// A request that is withdrawn (commit.Withdraw) is not served: whoever holds its entry ends it, at once where it runs, and otherwise before it begins. Each
// consumer follows the withdrawals with a reader of its own, and knows all of them from its start. Hearing of one only spares work: whether a request is
// withdrawn is decided by the commit.

// WithdrawnError says that a request was withdrawn.
type WithdrawnError struct{ As commit.Status }

// Error returns as what.
func (e *WithdrawnError) Error() string { return "the request was withdrawn: " + string(e.As) }

// withdrawals are the withdrawn requests that are known.
type withdrawals struct {
	mu   sync.Mutex
	as   map[string]commit.Status
	list []withdrawal // in their order
	last string       // entry that was read
}

type withdrawal struct{ id, request string }

// add notes one that was read, and forgets the oldest where they are too many.
func (w *withdrawals) add(id, request string, as commit.Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.as == nil {
		w.as = make(map[string]commit.Status)
	}
	w.last = id
	w.list = append(w.list, withdrawal{id, request})
	w.as[request] = as
	if len(w.list) > commit.MostWithdrawn {
		w.forget(1)
	}
}

// forget drops the first n. It is called with the lock.
func (w *withdrawals) forget(n int) {
	for _, old := range w.list[:n] {
		delete(w.as, old.request)
	}
	w.list = w.list[n:]
}

// forgetBefore drops what came before the oldest entry of the stream, and all where it has none.
func (w *withdrawals) forgetBefore(oldest string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for n < len(w.list) && (oldest == "" || commit.Before(w.list[n].id, oldest)) {
		n++
	}
	w.forget(n)
}

// of returns as what a request is withdrawn under one of its names, and empty where it is not, or nobody has heard of it yet.
func (w *withdrawals) of(request string, also []string) commit.Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	as := w.as[request]
	for _, name := range also {
		as = cmp.Or(as, w.as[name])
	}
	return as
}

// after returns the entry behind which nothing was read yet.
func (w *withdrawals) after() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.last, "0-0")
}

func (w *withdrawals) none() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.list) == 0
}

// hear reads all withdrawals that have not been read.
func (c *Consumer) hear(ctx context.Context) error {
	for {
		list, err := c.Redis.XRangeN(ctx, c.names.Withdrawn, "("+c.withdrawals.after(), "+", scanCount).Result()
		if err != nil {
			return fmt.Errorf("consumer: read %s: %w", c.names.Withdrawn, err)
		}
		c.heard(list)
		if len(list) < scanCount {
			return nil
		}
	}
}

// followWithdrawals hears of withdrawals until work ends, which is after reading has ended.
func (c *Consumer) followWithdrawals(reading, work context.Context) {
	warned := false
	for work.Err() == nil {
		if reading.Err() != nil { // a drain, whose end must not wait for a reply
			_ = c.hear(work) // the next look tries again
			sleep(work, readShortly)
			continue
		}
		streams, err := c.Redis.XRead(work, &redis.XReadArgs{Streams: []string{c.names.Withdrawn, c.withdrawals.after()}, Count: scanCount, Block: readBlock}).Result()
		if err == nil || errors.Is(err, redis.Nil) {
			warned = false
			for _, s := range streams {
				c.heard(s.Messages)
			}
			continue
		}
		if work.Err() != nil {
			return
		}
		if !warned { // a user without the right to XREAD hears of them later
			c.Log.LogAttrs(work, slog.LevelWarn, "withdrawals are read without waiting for them", slog.Any("error", err))
			warned = true
		}
		sleep(work, jitter(pauseFirst))
		_ = c.hear(work)
	}
}

// heard notes withdrawals, and ends the work on those that run here.
func (c *Consumer) heard(list []redis.XMessage) {
	as := make(map[string]commit.Status, len(list))
	for _, m := range list {
		request, _ := m.Values["request"].(string)
		status, _ := m.Values["status"].(string)
		if _, ok := as[request]; !ok { // the first withdrawal counts
			as[request] = commit.Status(status)
		}
		c.withdrawals.add(m.ID, request, commit.Status(status))
	}
	if len(as) == 0 {
		return
	}
	for _, h := range c.held.all() {
		for _, name := range h.emit.names() {
			if status, ok := as[name]; ok {
				h.withdraw(status)
			}
		}
	}
}

// forgetWithdrawals drops what the server has dropped.
func (c *Consumer) forgetWithdrawals(ctx context.Context) {
	if c.withdrawals.none() {
		return
	}
	list, err := c.Redis.XRangeN(ctx, c.names.Withdrawn, "-", "+", 1).Result()
	if err != nil {
		return // nothing is lost by what is remembered
	}
	oldest := ""
	for _, m := range list {
		oldest = m.ID
	}
	c.withdrawals.forgetBefore(oldest)
}

// endWithdrawn ends an entry whose request is withdrawn: what was sent of it stays, and nothing else is sent but its end.
func (c *Consumer) endWithdrawn(h *holding, as commit.Status) {
	h.withdraw(as)
	_ = h.emit.settle() // what was on its way is refused, or in the ledger
	h.emit.ending()
	o := c.giveUp(c.base, h, &WithdrawnError{as})
	if o.Err != nil {
		c.leaveBehind(h, "ending a withdrawn request failed", o.Err)
		return
	}
	c.submit(h, h.emit.final(o))
}
