package guard

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// outcome is what a call ended with.
type outcome[T any] struct {
	value T
	err   error
}

// call asks within the limit: it waits for a place, and returns when there is an answer or ctx ends, whichever is first.
func call[T any](ctx context.Context, s *Source, limit time.Duration, ask func(context.Context) (T, error)) (T, error) {
	var none T
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := s.enter(ctx); err != nil {
		return none, err
	}
	permit, ok := s.breaker.allow()
	if !ok {
		s.leave()
		return none, notAsked()
	}
	begin := time.Now()
	// What the call shows about the server is taken in once, by whoever ends it, and before its place is given to the next.
	var over atomic.Bool
	settle := func(err error) (first bool) {
		first = over.CompareAndSwap(false, true)
		if first {
			s.breaker.record(permit, judge(err, time.Since(begin), limit))
		}
		return first
	}
	done := make(chan outcome[T], 1)
	go func() { // its owner is the guard: Close waits for it
		defer s.leave()
		v, err := safely(ctx, ask)
		err = source.Ended(ctx, err)
		settle(err)
		done <- outcome[T]{v, err}
	}()
	o := await(ctx, s.closing, done, settle)
	return o.value, o.err
}

// await returns the outcome. Nobody waits for it beyond the end of ctx.
func await[T any](ctx context.Context, closing <-chan struct{}, done <-chan outcome[T], settle func(error) bool) outcome[T] {
	var err error
	select {
	case o := <-done:
		return o
	case <-ctx.Done():
		err = source.Ended(ctx, ctx.Err())
	case <-closing:
		err = closed()
	}
	if !settle(err) {
		return <-done // it ended at the same moment
	}
	return outcome[T]{err: err}
}

// enter takes a place among the calls that are under way.
func (s *Source) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return source.Ended(ctx, ctx.Err())
	}
	broken, open := s.breaker.watch()
	if open {
		return notAsked()
	}
	if err := s.gate.enter(ctx, broken, s.closing); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.gate.leave()
		return closed()
	}
	s.calls.Add(1)
	return nil
}

// leave gives the place back.
func (s *Source) leave() {
	s.gate.leave()
	s.calls.Done()
}

func closed() error { return fault.New(fault.Canceled, "canceled", "", errClosed) }

func notAsked() error {
	return fault.New(fault.Transient, "source_unavailable", "the data source cannot be reached at the moment", source.ErrOpen)
}

// safely turns a panic into an error.
func safely[T any](ctx context.Context, ask func(context.Context) (T, error)) (v T, err error) {
	defer fault.Recovered("guard", &err)
	return ask(ctx)
}
