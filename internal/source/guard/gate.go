package guard

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// gate lets so many calls in at a time, and so many more wait, in the order of their arrival.
type gate struct {
	places  chan struct{}
	waiting atomic.Int64
	queue   int64
	metrics *telemetry.Source

	mu    sync.Mutex
	since *list.List // when each that waits came, the first one first
}

func newGate(limit, queue int, metrics *telemetry.Source) *gate {
	g := &gate{places: make(chan struct{}, limit), queue: int64(queue), metrics: metrics, since: list.New()}
	metrics.QueueAge(g.age)
	return g
}

// age is how long the one has waited that waits longest; 0 where nobody does.
func (g *gate) age() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := g.since.Front()
	if first == nil {
		return 0
	}
	return time.Since(first.Value.(time.Time))
}

// wait notes one that waits, until the returned function is called.
func (g *gate) wait() (over func()) {
	g.mu.Lock()
	mine := g.since.PushBack(time.Now())
	g.mu.Unlock()
	g.metrics.Waiting(1)
	return func() {
		g.mu.Lock()
		g.since.Remove(mine)
		g.mu.Unlock()
		g.waiting.Add(-1)
		g.metrics.Waiting(-1)
	}
}

// enter waits for a place until ctx ends, the breaker opens or the source is closed. Where too many wait already, it does not.
func (g *gate) enter(ctx context.Context, broken, closing <-chan struct{}) error {
	select {
	case g.places <- struct{}{}:
		g.metrics.InFlight(1)
		return nil
	default:
	}
	if g.waiting.Add(1) > g.queue {
		g.waiting.Add(-1)
		return fault.New(fault.Throttled, "source_throttled", "the data source has too much to do at the moment", errors.New("guard: too many calls wait"))
	}
	defer g.wait()()
	select {
	case g.places <- struct{}{}:
		g.metrics.InFlight(1)
		return nil
	case <-ctx.Done():
		return source.Ended(ctx, ctx.Err())
	case <-broken:
		return notAsked()
	case <-closing:
		return closed()
	}
}

// leave makes room for the next.
func (g *gate) leave() {
	g.metrics.InFlight(-1)
	<-g.places
}
