package feed

import (
	"context"
	"sync"
	"time"
)

// Reason says why a subscriber cannot be told all that came.
type Reason string

// The reasons for a reset.
const (
	Trimmed   Reason = "trimmed"    // what came meanwhile is not kept any more
	Epoch     Reason = "epoch"      // another run of Redis, which may not have what was sent before
	UnknownID Reason = "unknown_id" // nothing was sent under that id
	Slow      Reason = "slow"       // more came than is kept for who is behind
)

// topic is one stream that somebody follows, or did a moment ago.
type topic struct {
	hub *Hub
	key string

	// loading is held by who reads older messages of the topic from Redis, so that many who need them read them once.
	loading chan struct{}

	mu      sync.RWMutex
	node    *node // that has the stream; nil until it was opened
	epoch   string
	pos     ID            // of the last entry that was read
	count   uint64        // messages that came
	era     uint64        // changes where what was sent cannot be gone on with
	why     Reason        // the era began
	changed chan struct{} // closed when something came
	closed  bool
	verify  bool // the next reply may hide a gap
	looked  bool // the page before the window was read
	window  window
	newest  newest

	// Guarded by the hub's lock.
	subscribers int
	idleSince   time.Time
}

func newTopic(h *Hub, key string) *topic {
	return &topic{hub: h, key: key, loading: make(chan struct{}, 1), changed: make(chan struct{})}
}

// wake tells all who wait. The caller holds mu.
func (t *topic) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// begin starts an era at an entry. The caller holds mu.
func (t *topic) begin(epoch string, at ID, why Reason) {
	t.epoch, t.pos, t.why, t.verify, t.looked = epoch, at, why, false, false
	t.era++
	t.window.reset(at)
	t.newest.reset(at)
}

// append takes what was read, in order.
func (t *topic) append(epoch string, entries []entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.epoch != epoch {
		return
	}
	came := 0
	for _, e := range entries {
		if !t.pos.Before(e.id) {
			continue
		}
		t.pos, t.verify = e.id, false
		if e.message == nil {
			continue
		}
		t.count++
		e.message.n = t.count
		t.window.add(e.message, t.hub.share())
		t.newest.add(e.message, newestShares*t.hub.share())
		came++
	}
	if came > 0 {
		t.wake()
	}
}

// interrupt begins a new era for all who follow.
func (t *topic) interrupt(epoch string, at ID, why Reason) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.begin(epoch, at, why)
		t.wake()
	}
}

// lose has the topic opened anew by who follows it.
func (t *topic) lose() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.node = nil
		t.begin("", ID{}, Epoch)
		t.wake()
	}
}

func (t *topic) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.closed = true
		t.wake()
	}
}

// doubt has the next reply looked at for a gap.
func (t *topic) doubt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.verify = true
}

// place returns where the topic is read from.
func (t *topic) place() (pos ID, verify bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.pos, t.verify
}

// load runs f by one caller at a time.
func (t *topic) load(ctx context.Context, f func() error) error {
	select {
	case t.loading <- struct{}{}:
		defer func() { <-t.loading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return f()
}

// open finds out where the stream ends, once. tail asks for its last messages, too.
func (t *topic) open(ctx context.Context, tail bool) error {
	return t.load(ctx, func() error {
		t.mu.RLock()
		opened, closed := t.node != nil, t.closed
		t.mu.RUnlock()
		if closed {
			return ErrClosed
		}
		if opened {
			return nil
		}
		n, err := t.hub.nodeOf(ctx, t.key)
		if err != nil {
			return err
		}
		epoch, err := n.await(ctx)
		if err != nil {
			return err
		}
		count := 1
		if tail {
			count = page
		}
		last, err := t.hub.latest(ctx, n, t.key, "+", epoch, count)
		if err != nil {
			return err
		}
		return n.attach(t, epoch, func() {
			at := ID{}
			if len(last) > 0 {
				at = last[0].id
			}
			t.begin(epoch, at, Epoch)
			t.extend(last, len(last) < count)
			t.looked = tail
		})
	})
}

// extend puts older entries, the latest first, before what is known. whole says that the stream keeps none before them. The caller holds mu.
func (t *topic) extend(older []entry, whole bool) {
	list := messages(older)
	if t.newest.from == t.window.from && !t.newest.whole {
		t.newest.older(list)
		if t.newest.whole = whole; len(older) > 0 {
			t.newest.from = older[len(older)-1].id
		}
		if whole {
			t.newest.from = ID{}
		}
	}
	from := t.window.from
	switch {
	case whole:
		from = ID{}
	case len(older) > 0:
		// What came before the oldest is not known: the window begins behind it.
		from = older[len(older)-1].id
		if n := len(list); n > 0 && list[n-1].Mark.ID == from {
			list = list[:n-1]
		}
	}
	ascending := make([]*Message, len(list))
	for i, m := range list {
		ascending[len(list)-1-i] = m
	}
	t.window.prepend(from, ascending, t.hub.share())
}
