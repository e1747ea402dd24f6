package live

import (
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// A service that has failed eight times without a success between is left alone for five seconds, or for as long as it asked for; then one post finds
// out whether it is back.
const (
	breakerFailures = 8
	breakerDelay    = 5 * time.Second
	breakerJitter   = 0.2
	// probing is how long an event is put off while such a post is under way.
	probing = time.Second
)

// The states of the breaker, as Poster.State is told of them.
const (
	StateClosed = iota
	StateHalfOpen
	StateOpen
)

// breaker keeps posts from a service that does not take any. It adds to the library's what the service has asked for (Retry-After), why it is open,
// and that only posts which were let in since the last change of state count: what was under way says nothing about now.
type breaker struct {
	state func(int) // told of each change; may be nil

	mu     sync.Mutex
	inner  circuitbreaker.CircuitBreaker[any]
	period uint64    // grows with each change of state
	until  time.Time // the latest that was asked for since the last success
	cause  error     // the last failure
}

func newBreaker(state func(int)) *breaker {
	b := &breaker{state: state}
	b.inner = circuitbreaker.NewBuilder[any]().
		WithFailureThreshold(breakerFailures).
		WithSuccessThreshold(1).
		WithDelay(breakerDelay).
		WithJitterFactor(breakerJitter).
		OnStateChanged(b.changed).
		Build()
	return b
}

func (b *breaker) changed(e circuitbreaker.StateChangedEvent) {
	b.period++
	if b.state == nil {
		return
	}
	switch e.NewState {
	case circuitbreaker.OpenState:
		b.state(StateOpen)
	case circuitbreaker.HalfOpenState:
		b.state(StateHalfOpen)
	case circuitbreaker.ClosedState:
		b.state(StateClosed)
	}
}

// allow lets a post in; else it says how long to wait, and what came of the last post.
func (b *breaker) allow() (period uint64, wait time.Duration, cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.inner.IsClosed() {
		if wait = max(b.inner.RemainingDelay(), time.Until(b.until)); wait > 0 {
			return 0, wait, b.cause
		}
	}
	if !b.inner.TryAcquirePermit() {
		return 0, max(b.inner.RemainingDelay(), probing), b.cause
	}
	return b.period, 0, nil
}

// record takes in what came of a post: nil where the service answered for itself, be it with a refusal, else why not, and the pause that it asked for.
func (b *breaker) record(period uint64, failure error, after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if period != b.period {
		return
	}
	if failure == nil {
		b.until, b.cause = time.Time{}, nil
		b.inner.RecordSuccess()
		return
	}
	b.cause = failure
	if until := time.Now().Add(after); after > 0 && until.After(b.until) {
		b.until = until
	}
	b.inner.RecordFailure()
}
