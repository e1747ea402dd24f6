package feed

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// node is one server that has streams, with the connection that reads them. Outside of a cluster there is one.
type node struct {
	hub    *Hub
	client *redis.Client
	// clustered says that streams of different slots cannot be read by one command.
	clustered bool

	// wanted counts changes of what is to be read, built is the change as of which the reader last asked.
	wanted, built atomic.Uint64
	// kick is for the waker, begin for a reader that has nothing to read.
	kick, begin chan struct{}
	// waiting is the connection's id while it may be in a read that waits; 0 where that cannot be ended from outside.
	waiting atomic.Int64

	mu     sync.Mutex
	topics map[string]*topic
	epoch  string // empty while it is not connected
	// connected is closed while there is an epoch.
	connected chan struct{}
	last      string // epoch before the connection was lost
}

// nodeOf returns the node that has a stream.
func (h *Hub) nodeOf(ctx context.Context, key string) (*node, error) {
	var client *redis.Client
	clustered := false
	switch c := h.opts.Redis.(type) {
	case *redis.ClusterClient:
		var err error
		if client, err = c.MasterForKey(ctx, key); err != nil {
			return nil, unavailable(err)
		}
		clustered = true
	case *redis.Client:
		client = c
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	n := h.nodes[client]
	if n == nil {
		n = &node{hub: h, client: client, clustered: clustered, kick: make(chan struct{}, 1), begin: make(chan struct{}, 1), topics: make(map[string]*topic), connected: make(chan struct{})}
		h.nodes[client] = n
		if h.begun != nil {
			h.begun(n)
		}
	}
	return n, nil
}

func (t *topic) nodeNow() *node {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.node
}

func (n *node) epochNow() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.epoch
}

// await returns the epoch, for which it waits a moment where the connection is only being made.
func (n *node) await(ctx context.Context) (string, error) {
	n.mu.Lock()
	epoch, connected := n.epoch, n.connected
	n.mu.Unlock()
	if epoch != "" {
		return epoch, nil
	}
	timer := time.NewTimer(connectPatience)
	defer timer.Stop()
	select {
	case <-connected:
	case <-timer.C:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if epoch = n.epochNow(); epoch == "" {
		return "", errAway
	}
	return epoch, nil
}

// attach has a topic read from where begin puts it, if the server is still the one that was asked.
func (n *node) attach(t *topic, epoch string, begin func()) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.epoch != epoch {
		return errAway
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	begin()
	t.node = n
	n.topics[t.key] = t
	n.changed()
	return nil
}

func (n *node) detach(t *topic) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.topics[t.key] == t {
		delete(n.topics, t.key) // the reader hears of it when it asks next
	}
}

// changed has the reader ask anew. The caller holds mu.
func (n *node) changed() {
	n.wanted.Add(1)
	for _, c := range []chan struct{}{n.kick, n.begin} {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// following returns the topics to be read, in order of their keys.
func (n *node) following() []*topic {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.built.Store(n.wanted.Load())
	list := make([]*topic, 0, len(n.topics))
	for _, key := range slices.Sorted(maps.Keys(n.topics)) {
		list = append(list, n.topics[key])
	}
	return list
}

const (
	pauseFirst, pauseLongest = 100 * time.Millisecond, 5 * time.Second
	connectPatience          = 500 * time.Millisecond
)

// run reads until ctx ends, and comes back with growing pauses where the server is away.
func (n *node) run(ctx context.Context) {
	pause, away := pauseFirst, false
	for ctx.Err() == nil {
		err := n.session(ctx, func() {
			if pause = pauseFirst; away {
				n.hub.opts.Log.LogAttrs(ctx, slog.LevelInfo, "streams are read again")
				away = false
			}
		})
		n.lost()
		if ctx.Err() != nil {
			return
		}
		if !away {
			n.hub.opts.Log.LogAttrs(ctx, slog.LevelWarn, "streams cannot be read", slog.Any("error", err))
			away = true
		}
		if moved(err) {
			n.hub.scatter(ctx, n)
		}
		sleep(ctx, jitter(pause))
		pause = min(2*pause, pauseLongest)
	}
}

// lost notes that there is no connection.
func (n *node) lost() {
	n.waiting.Store(0)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.epoch != "" {
		n.last, n.epoch, n.connected = n.epoch, "", make(chan struct{})
	}
}
