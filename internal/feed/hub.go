package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

const (
	// linger is how long a stream is read on after its last subscriber has left: those who lost their connection come back.
	linger = 30 * time.Second
	// readsAtOnce bounds the reads of older messages that are under way.
	readsAtOnce = 16
	// A topic's window has its share of all windows' bytes, within these bounds.
	shareLeast, shareMost = 16 << 10, 1 << 20
	// newestShares is how many shares the newest messages of each widget may take.
	newestShares = 4
)

// ErrClosed says that this process serves no streams any more. Others do.
var ErrClosed = errors.New("feed: closed")

// errAway says that a server is not connected to at the moment.
var errAway = fault.New(fault.Transient, "redis_unavailable", "Redis does not answer", errors.New("feed: not connected"))

// Options is what a process sets about its feed.
type Options struct {
	// Redis is the feed's own client, which Close closes: that is what ends a read that waits.
	Redis redis.UniversalClient
	// Bytes is what all windows together may hold; 0 is 64 MiB.
	Bytes   int
	Metrics *telemetry.Feed
	Log     *slog.Logger
}

// Hub reads streams for all subscribers of the process.
type Hub struct {
	opts  Options
	reads chan struct{}
	// shareNow is the bytes of one topic's window, set where topics come and go.
	shareNow atomic.Int64

	close sync.Once
	// complained is when a failed read was logged last, in Unix seconds.
	complained atomic.Int64

	mu     sync.Mutex
	topics map[string]*topic
	nodes  map[*redis.Client]*node
	begun  func(*node) // starts a node's goroutines; nil while Run does not run
	closed bool
}

// New returns a hub whose Run reads.
func New(opts Options) *Hub {
	if opts.Bytes <= 0 {
		opts.Bytes = 64 << 20
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub{opts: opts, reads: make(chan struct{}, readsAtOnce), topics: make(map[string]*topic), nodes: make(map[*redis.Client]*node)}
	h.divide()
	return h
}

// Run reads until ctx ends. It is called once, and returns when all of its goroutines have ended.
func (h *Hub) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h.mu.Lock()
	h.begun = func(n *node) {
		work.Go(func() { n.run(ctx) })
		work.Go(func() { n.waker(ctx) })
	}
	for _, n := range h.nodes {
		h.begun(n)
	}
	h.mu.Unlock()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			h.sweep(time.Now())
		case <-ctx.Done():
			return h.Close()
		}
	}
}

// Stop ends all subscriptions at once. It may be called at any time, repeatedly.
func (h *Hub) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.begun = nil
	for key, t := range h.topics {
		t.close()
		delete(h.topics, key)
	}
}

// Close stops, and closes the connections. It may be called twice.
func (h *Hub) Close() error {
	h.Stop()
	var err error
	h.close.Do(func() { err = h.opts.Redis.Close() })
	return err
}

// sweep forgets topics that nobody has followed for a while.
func (h *Hub) sweep(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	subscribers := 0
	for key, t := range h.topics {
		subscribers += t.subscribers
		if t.subscribers == 0 && now.Sub(t.idleSince) >= linger {
			delete(h.topics, key)
			t.close()
			if n := t.nodeNow(); n != nil {
				n.detach(t)
			}
		}
	}
	h.divide()
	h.opts.Metrics.Follows(subscribers, len(h.topics))
}

// join returns the topic of a stream for one more subscriber.
func (h *Hub) join(key string) (*topic, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	t := h.topics[key]
	if t == nil {
		t = newTopic(h, key)
		h.topics[key] = t
		h.divide()
	}
	t.subscribers++
	return t, nil
}

func (h *Hub) leave(t *topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.subscribers--; t.subscribers == 0 {
		t.idleSince = time.Now()
	}
}

// divide shares the bytes out among topics. The caller holds mu, or is the only one who knows the hub.
func (h *Hub) divide() {
	h.shareNow.Store(int64(min(max(h.opts.Bytes/max(len(h.topics), 1), shareLeast), shareMost)))
}

// share is how many bytes a topic's window may have.
func (h *Hub) share() int { return int(h.shareNow.Load()) }
