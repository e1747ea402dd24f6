package consumer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// holding is an entry from the moment it is ours until its commit has an answer.
type holding struct {
	entry *Entry
	emit  emitter
	// lease is the life of the work on this entry. Its parent never ends: a drain cancels what is held, one by one, which spares each entry its
	// place in a parent's list.
	lease lease
	// taken says that the entry is not to be served to its end here any more: lost, draining or withdrawn.
	taken atomic.Int32
	// since is when work began on an entry that was left behind; zero for the others. suspect says that it may be what ended its worker.
	since   time.Time
	suspect bool
	// tenant is whose entry it is, once known says so; both are guarded by the holdings.
	tenant string
	known  bool
	// as is as what its request is withdrawn, once it is.
	as atomic.Pointer[commit.Status]
	// refused says that its outputs could not be written, and a dead letter is on its way in their place.
	refused bool
	// concluded says that its end is with the committer, whose answer tells whether it was still ours.
	concluded atomic.Bool
}

// Why work on an entry ends early.
const (
	lost      = 1 + iota // another consumer has it
	draining             // this process ends
	withdrawn            // nobody wants its answer any more
)

// take ends the work on an entry. The first reason stays, but for an entry that is withdrawn and then lost.
func (h *holding) take(why int32) {
	if !h.taken.CompareAndSwap(0, why) && why == lost {
		h.taken.CompareAndSwap(withdrawn, lost)
	}
	h.lease.cancel()
}

// withdraw ends the work on an entry whose request is withdrawn.
func (h *holding) withdraw(as commit.Status) {
	h.as.CompareAndSwap(nil, &as)
	h.take(withdrawn)
}

// withdrawnAs returns as what the request is withdrawn whose work came to an error, or to none.
func (h *holding) withdrawnAs(err error) commit.Status {
	if as := h.as.Load(); as != nil {
		return *as
	}
	if w, ok := errors.AsType[*WithdrawnError](err); ok {
		return w.As
	}
	return ""
}

// Lost says that the entry is no longer ours.
func (h *holding) Lost() bool { return h.taken.Load() == lost }

// holdings are all entries that this consumer holds.
type holdings struct {
	mu   sync.Mutex
	byID map[string]*holding
}

// add notes an entry; false when it is held already.
func (h *holdings) add(x *holding) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byID == nil {
		h.byID = make(map[string]*holding)
	}
	if _, ok := h.byID[x.entry.ID]; ok {
		return false
	}
	h.byID[x.entry.ID] = x
	return true
}

func (h *holdings) remove(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.byID, id)
}

// drain ends the work on all entries.
func (h *holdings) drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range h.byID {
		x.take(draining)
	}
}

// all returns what is held.
func (h *holdings) all() []*holding {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.byID))
}

// ids returns the held entries' ids.
func (h *holdings) ids() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := make([]string, 0, len(h.byID))
	for id := range h.byID {
		ids = append(ids, id)
	}
	return ids
}

// leftBehind says whether one of the entries was left behind by a worker, and whether such a one may be what ended it. It says so for a while only: what ends a
// worker does so soon, and others wait for it.
func (h *holdings) leftBehind(lately time.Duration) (some, suspect bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range h.byID {
		if !x.since.IsZero() && time.Since(x.since) < lately {
			some, suspect = true, suspect || x.suspect
		}
	}
	return some, suspect
}

// lose cancels the work on an entry that is no longer pending for us, and says whether it was lost by that. One whose end is being committed is no longer
// pending either, until the reply is here: if somebody else has it, the reply says so.
func (h *holdings) lose(id string) bool {
	h.mu.Lock()
	x, ok := h.byID[id]
	h.mu.Unlock()
	if !ok || x.entry.gone || x.concluded.Load() { // what is gone is pending for whoever had it, and nobody can take it over
		return false
	}
	x.take(lost)
	return true
}

// beat records the heartbeat alone.
func (c *Consumer) beat(ctx context.Context) error {
	if err := renewScript.Run(ctx, c.Redis, []string{c.Stream, c.names.Consumers}, c.Group, c.Name, "", "").Err(); err != nil {
		return fmt.Errorf("consumer: heartbeat: %w", err)
	}
	return nil
}

// renew makes the leases of what is held start anew and cancels what was lost. An error costs nothing yet: the
// next renewal comes well before the lease ends.
func (c *Consumer) renew(ctx context.Context) {
	c.renewing.Lock()
	defer c.renewing.Unlock()
	ids := c.held.ids()
	lowest, highest := commit.Bounds(ids)
	args := []any{c.Group, c.Name, lowest, highest}
	for _, id := range ids {
		args = append(args, id)
	}
	lost, err := renewScript.Run(ctx, c.Redis, []string{c.Stream, c.names.Consumers}, args...).StringSlice()
	if err != nil {
		if ctx.Err() == nil {
			c.Log.LogAttrs(ctx, slog.LevelWarn, "leases were not renewed", slog.Any("error", err))
			if isNoGroup(err) {
				_ = c.createGroup(ctx) // the reader tries again, and says so
			}
		}
		return
	}
	n := 0
	for _, id := range lost {
		if c.held.lose(id) {
			n++
			c.Log.LogAttrs(ctx, slog.LevelWarn, "lease lost", slog.String("entry", id))
		}
	}
	call(c.Hooks.Lost, n)
}

// giveBack returns a held entry to the group without charging the attempt.
func (c *Consumer) giveBack(ctx context.Context, id string) {
	c.renewing.Lock()
	defer c.renewing.Unlock()
	n, err := releaseScript.Run(ctx, c.Redis, []string{c.Stream}, c.Group, c.Name, id, id, id).Int()
	if err != nil {
		c.Log.LogAttrs(ctx, slog.LevelWarn, "entry was not handed back; a peer takes it when its lease is over",
			slog.String("entry", id), slog.Any("error", err))
		return
	}
	call(c.Hooks.Released, n)
}

// The fields that a request carries when it was put back.
const (
	fieldFirst   = "__first"
	fieldAttempt = "__attempt"
)

// newEntry reads what an earlier attempt left in the fields.
func newEntry(id string, fields []string, deliveries int64) *Entry {
	fields = commit.Unfold(fields)
	e := &Entry{ID: id, Fields: fields, First: id, Attempt: int(deliveries), Deliveries: deliveries}
	if first, ok := e.Field(fieldFirst); ok {
		e.First = first
	}
	if text, ok := e.Field(fieldAttempt); ok {
		if n, err := strconv.Atoi(text); err == nil {
			e.Attempt = n + int(deliveries) - 1
		}
	}
	return e
}

// again returns the fields for a later attempt of an entry, and which that is.
func again(e *Entry, attempt int) []string {
	fields := make([]string, 0, len(e.Fields)+4)
	for i := 0; i+1 < len(e.Fields); i += 2 {
		if name := e.Fields[i]; name != fieldFirst && name != fieldAttempt {
			fields = append(fields, name, e.Fields[i+1])
		}
	}
	return append(fields, fieldFirst, e.First, fieldAttempt, strconv.Itoa(attempt))
}

// Follow returns the fields of an entry that goes on with the request of e: those that it came with, its first id, and more
// for whoever handles it, whose names begin with two underscores.
func (e *Entry) Follow(more ...string) []string {
	fields := make([]string, 0, len(e.Fields)+len(more)+2)
	for i := 0; i+1 < len(e.Fields); i += 2 {
		if !strings.HasPrefix(e.Fields[i], "__") {
			fields = append(fields, e.Fields[i], e.Fields[i+1])
		}
	}
	return append(append(fields, more...), fieldFirst, e.First)
}
