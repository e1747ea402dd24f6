package guard

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// A server that has failed five of its last ten calls is left alone for two seconds; then one call finds out whether it is back.
const (
	breakerFailures = 5
	breakerOf       = 10
	breakerDelay    = 2 * time.Second
	breakerJitter   = 0.2
)

// breaker stops the asking of a server that does not answer. It adds to the library's that only calls which were let in since
// the last change of state count (an answer to a call from before says nothing about now), and that a probe which learned nothing
// leaves the probing to the next call. A nil *breaker lets everything in.
type breaker struct {
	metrics *telemetry.Source
	doubted *atomic.Bool

	// mu is held around every use of inner, whose listener therefore may change what follows.
	mu     sync.Mutex
	inner  circuitbreaker.CircuitBreaker[any]
	period uint64        // grows with each change of state
	opened chan struct{} // closed while the breaker is open
	quiet  bool          // a change of the library's state that is none of the breaker's
}

// permit is one call's leave to ask.
type permit struct{ period uint64 }

func newBreaker(metrics *telemetry.Source, doubted *atomic.Bool) *breaker {
	b := &breaker{metrics: metrics, doubted: doubted, opened: make(chan struct{})}
	b.inner = circuitbreaker.NewBuilder[any]().
		WithFailureThresholdRatio(breakerFailures, breakerOf).
		WithSuccessThreshold(1).
		WithDelay(breakerDelay).
		WithJitterFactor(breakerJitter).
		OnStateChanged(b.changed).
		Build()
	return b
}

func (b *breaker) changed(e circuitbreaker.StateChangedEvent) {
	b.period++
	if b.quiet {
		return
	}
	if e.OldState == circuitbreaker.OpenState {
		b.opened = make(chan struct{})
	}
	b.doubted.Store(e.NewState != circuitbreaker.ClosedState)
	state := telemetry.BreakerClosed
	switch e.NewState {
	case circuitbreaker.OpenState:
		close(b.opened)
		state = telemetry.BreakerOpen
	case circuitbreaker.HalfOpenState:
		state = telemetry.BreakerHalfOpen
	case circuitbreaker.ClosedState:
	}
	b.metrics.Breaker(state)
}

// watch says whether the breaker is open and not yet due for a probe, and else returns a channel that is closed when it opens.
func (b *breaker) watch() (broken <-chan struct{}, open bool) {
	if b == nil {
		return nil, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.inner.IsOpen() {
		return nil, b.inner.RemainingDelay() > 0
	}
	return b.opened, false
}

// allow lets a call in, or not.
func (b *breaker) allow() (permit, bool) {
	if b == nil {
		return permit{}, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	ok := b.inner.TryAcquirePermit()
	return permit{b.period}, ok
}

// record takes in what a call has shown.
func (b *breaker) record(p permit, v verdict) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.period != b.period {
		return
	}
	probe := b.inner.IsHalfOpen()
	switch {
	case v == failed:
		b.inner.RecordFailure()
	case v == worked, v == answered && probe:
		b.inner.RecordSuccess()
	case probe:
		b.quiet = true
		b.inner.Open()
		b.inner.HalfOpen()
		b.quiet = false
	}
}
