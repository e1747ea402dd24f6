package guard

import (
	"context"
	"errors"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Ping asks the source whether it answers, besides and not among its calls. While the breaker is open it does not; one that
// hangs is not joined by another.
func (s *Source) Ping(ctx context.Context) error {
	if _, open := s.breaker.watch(); open {
		return notAsked()
	}
	select {
	case s.pinging <- struct{}{}:
	default:
		return fault.New(fault.Transient, "source_unavailable", "the data source does not answer", errors.New("guard: an earlier ping is not answered"))
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		<-s.pinging
		return closed()
	}
	s.calls.Add(1)
	s.mu.Unlock()
	done := make(chan outcome[struct{}], 1)
	go func() { // as a call's
		defer s.calls.Done()
		_, err := safely(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.inner.Ping(ctx) })
		<-s.pinging // before the answer: who has it may ask again
		done <- outcome[struct{}]{err: source.Ended(ctx, err)}
	}()
	return await(ctx, s.closing, done, func(error) bool { return true }).err
}
