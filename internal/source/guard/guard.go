// Package guard stands around every source that the engine asks. It bounds how many calls are under way and how many wait, ends
// each in time, stops asking a server that does not answer until it does again, turns a panic into an error, holds answers to
// their limits, and counts all of it.
//
// Whoever asks gets an answer or a classified error as soon as its context ends, whatever the source below does; a call that
// outlives its asker keeps its place until it is over. It is not a retry (the engine does that), not a cache, and knows no store.
package guard

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Options are what a guard is made of.
type Options struct {
	// Limit is how many calls may be under way, over all requests; Queue how many more may wait for that. 0 is 16 and 1024.
	Limit, Queue int
	// Timeout bounds a query that has no bound of its own, from its arrival to its answer; 0 is 30 seconds.
	Timeout time.Duration
	// MaxBytes bounds the answer to a query that has no bound of its own; 0 is 64 MiB.
	MaxBytes int64
	// Embedded says that the source computes in this process: there is no server that could be away, and so no breaker.
	Embedded bool
	// Metrics counts; nil counts nothing.
	Metrics *telemetry.Source
	// Tracer makes a span of each query, which says Name and Kind, the source's; nil makes none.
	Tracer     trace.Tracer
	Name, Kind string
	// Doubted, when set, is true from the moment that the breaker opens until the server is known to answer.
	Doubted *atomic.Bool
}

// What stands in for options that are not set.
const (
	defaultLimit    = 16
	defaultQueue    = 1024
	defaultTimeout  = 30 * time.Second
	defaultMaxBytes = 64 << 20
	// closePatience is how long Close waits for calls that nobody waits for any more.
	closePatience = 5 * time.Second
)

var errClosed = errors.New("guard: the source is closed")

// Source is a guarded source.
type Source struct {
	inner   source.Source
	opts    Options
	gate    *gate
	breaker *breaker // nil without one

	mu      sync.Mutex // orders new calls against Close
	closed  bool
	closing chan struct{}
	calls   sync.WaitGroup
	pinging chan struct{} // held by the one ping that is under way
}

var _ source.Source = (*Source)(nil)

// New puts a guard around a source. The result has the abilities that the source has.
func New(inner source.Source, o Options) source.Source {
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	s := &Source{
		inner: inner, opts: o, gate: newGate(o.Limit, o.Queue, o.Metrics),
		closing: make(chan struct{}), pinging: make(chan struct{}, 1),
	}
	if !o.Embedded {
		s.breaker = newBreaker(o.Metrics, cmp.Or(o.Doubted, new(atomic.Bool)))
	}
	return s.abilities(source.AbilitiesOf(inner)).On(s)
}

// Query asks the source.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	return s.answer(ctx, q, func(ctx context.Context) (*source.Result, error) { return s.inner.Query(ctx, q) })
}

// answer runs a query and holds its result to the limits.
func (s *Source) answer(ctx context.Context, q *query.Query, ask func(context.Context) (*source.Result, error)) (r *source.Result, err error) {
	ctx, ended := s.span(ctx, q)
	defer func() { ended(r, err) }()
	r, err = call(ctx, s, s.timeout(q), ask)
	if err == nil {
		err = s.check(q, r)
	}
	if err != nil {
		err = limited(q, err)
		s.opts.Metrics.Failed(fault.ReasonOf(err))
		return nil, err
	}
	s.opts.Metrics.Answered(int64(r.Frame.Rows()), r.Stats.Bytes)
	return r, nil
}

func (s *Source) timeout(q *query.Query) time.Duration {
	if q.Timeout > 0 {
		return q.Timeout
	}
	return s.opts.Timeout
}

// Explain asks the source what it would send.
func (s *Source) Explain(ctx context.Context, q *query.Query) (source.Native, error) {
	return call(ctx, s, s.opts.Timeout, func(ctx context.Context) (source.Native, error) { return s.inner.Explain(ctx, q) })
}

// Close ends the calls that are under way, waits for them a while, and closes the source.
func (s *Source) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	over := make(chan struct{})
	go func() { s.calls.Wait(); close(over) }() // ends with the last call
	patience := time.NewTimer(closePatience)
	defer patience.Stop()
	select {
	case <-over:
	case <-patience.C: // a driver that hangs is closed under its calls
	}
	return s.inner.Close()
}
