package guard

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// A caller that gives up gets its answer at once, even from a source that ignores the context; the source keeps the place.
func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := New(&scripted{query: hang(release)}, Options{Limit: 1, Timeout: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		begin := time.Now()
		_, err := s.Query(ctx, &query.Query{})
		ends(t, err, fault.Canceled, "canceled")
		if took := time.Since(begin); took != time.Second {
			t.Errorf("canceled after a second, it took %v", took)
		}
		late, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err = s.Query(late, &query.Query{}) // waits for the place
		ends(t, err, fault.Timeout, "source_timeout")
		close(release)
		synctest.Wait()
		again, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.Query(again, &query.Query{}) // has it
		ends(t, err, fault.Permanent, "internal_error")
		if !strings.Contains(err.Error(), "released") {
			t.Errorf("the place is not given back: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// The bound is the query's own, else the guard's.
func TestEveryCallIsBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		own, want time.Duration
	}{"the guard's": {0, time.Minute}, "the query's own": {3 * time.Second, 3 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				s := New(&scripted{query: hang(release)}, Options{Timeout: time.Minute})
				begin := time.Now()
				_, err := s.Query(t.Context(), &query.Query{Timeout: c.own})
				ends(t, err, fault.Timeout, "source_timeout")
				if took := time.Since(begin); took != c.want {
					t.Errorf("it took %v, want %v", took, c.want)
				}
				close(release)
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// What a source makes of an ended context is not what the caller reads.
func TestTheContextIsTheCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(&scripted{query: func(ctx context.Context) (*source.Result, error) {
			<-ctx.Done()
			return nil, fault.New(fault.Transient, "source_unavailable", "", errors.New("use of closed connection"))
		}}, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Query(ctx, &query.Query{})
		ends(t, err, fault.Timeout, "source_timeout")
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = s.Query(ctx, &query.Query{})
		ends(t, err, fault.Canceled, "canceled")
		_, err = s.Query(ctx, &query.Query{}) // over before it began
		ends(t, err, fault.Canceled, "canceled")
	})
}

func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	s := New(&scripted{
		query: func(context.Context) (*source.Result, error) { panic("a bug of the driver") },
		ping:  func(context.Context) error { panic("another") },
	}, Options{})
	_, err := s.Query(t.Context(), &query.Query{})
	ends(t, err, fault.Permanent, "internal_error")
	if !strings.Contains(err.Error(), "a bug of the driver") || strings.Contains(fault.SafeText(err), "bug") {
		t.Errorf("the log reads %q, the requester %q", err, fault.SafeText(err))
	}
	ends(t, s.Ping(t.Context()), fault.Permanent, "internal_error")
}

// Close ends what is under way, and what waits, and lets nothing in any more.
func TestCloseEndsCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		closed := 0
		s := New(&scripted{
			query: func(ctx context.Context) (*source.Result, error) {
				<-ctx.Done()
				time.Sleep(time.Second) // a driver takes its time
				return nil, ctx.Err()
			},
			close: func() error { closed++; return nil },
		}, Options{Limit: 1})
		ended := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := s.Query(t.Context(), &query.Query{})
				ended <- err
			}()
		}
		synctest.Wait()
		begin := time.Now()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != time.Second || closed != 1 {
			t.Errorf("it took %v and closed %d times, want the source closed once its call is over", took, closed)
		}
		ends(t, <-ended, fault.Canceled, "canceled")
		ends(t, <-ended, fault.Canceled, "canceled")
		_, err := s.Query(t.Context(), &query.Query{})
		ends(t, err, fault.Canceled, "canceled")
		ends(t, s.Ping(t.Context()), fault.Canceled, "canceled")
		if err := s.Close(); err != nil || closed != 2 {
			t.Errorf("closed again: %v", err)
		}
	})
}

// A driver that does not come back is not waited for for ever.
func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := New(&scripted{query: hang(release)}, Options{})
		go func() { _, _ = s.Query(t.Context(), &query.Query{}) }()
		synctest.Wait()
		begin := time.Now()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != closePatience {
			t.Errorf("it took %v, want %v", took, closePatience)
		}
		close(release)
	})
}
