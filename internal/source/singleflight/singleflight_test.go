package singleflight

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// slow answers a second after it is asked, with the tenant that asks, unless it is given up.
func slow(t *testing.T) *scripted {
	t.Helper()
	return &scripted{query: func(ctx context.Context, q *query.Query) (*source.Result, error) {
		select {
		case <-time.After(time.Second):
			return answer(t, q.Tenant.Values[0].(string)), nil
		case <-ctx.Done():
			return nil, source.Ended(ctx, ctx.Err())
		}
	}}
}

// text is what a tenant got.
func text(t *testing.T, r *source.Result, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return r.Frame.At(0).Value(0).(string)
}

// Equal queries that are under way are computed once, those of two tenants never together; what is asked after the answer is computed anew.
func TestEqualQueriesAreComputedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := slow(t)
		s := New(inner, nil, nil, new(atomic.Bool))
		var askers sync.WaitGroup
		for i := range 100 {
			name := []string{"acme", "other"}[i%2]
			askers.Go(func() {
				r, err := s.Query(t.Context(), tenant(name))
				if got := text(t, r, err); got != name {
					t.Errorf("%s got the rows of %s", name, got)
				}
				if !r.Stats.Shared {
					t.Error("an answer to fifty does not say so")
				}
			})
		}
		askers.Wait()
		if n := inner.asked.Load(); n != 2 {
			t.Errorf("two questions were computed %d times", n)
		}
		r, err := s.Query(t.Context(), tenant("acme"))
		if got := text(t, r, err); got != "acme" || r.Stats.Shared || inner.asked.Load() != 3 {
			t.Errorf("asked again: %s, shared %v, computed %d times", got, r.Stats.Shared, inner.asked.Load())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A computation goes on while somebody waits for it, whoever began it, and is given up with the last; who comes then has another.
func TestAComputationBelongsToThoseWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := slow(t)
		s := New(inner, nil, nil, new(atomic.Bool))
		ask := func(patience time.Duration) (string, error) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			r, err := s.Query(ctx, tenant("acme"))
			if err != nil {
				return "", err
			}
			return text(t, r, nil), nil
		}
		var askers sync.WaitGroup
		askers.Go(func() { // begins
			if _, err := ask(100 * time.Millisecond); fault.ClassOf(err) != fault.Timeout || fault.ReasonOf(err) != "source_timeout" {
				t.Errorf("the first, whose time was over: %v", err)
			}
		})
		synctest.Wait()
		askers.Go(func() {
			if got, err := ask(time.Minute); err != nil || got != "acme" {
				t.Errorf("the second: %s, %v", got, err)
			}
		})
		askers.Wait()
		if n := inner.asked.Load(); n != 1 {
			t.Errorf("computed %d times", n)
		}

		begin := time.Now()
		if _, err := ask(time.Millisecond); fault.ClassOf(err) != fault.Timeout {
			t.Errorf("alone: %v", err)
		}
		if got, err := ask(time.Minute); err != nil || got != "acme" || time.Since(begin) < time.Second {
			t.Errorf("after one that was given up: %s, %v, after %v", got, err, time.Since(begin))
		}
		if n := inner.asked.Load(); n != 3 {
			t.Errorf("computed %d times", n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A failure is that of all who wait, and of nobody after them; so is a panic, as an error.
func TestFailuresAreSharedAndNotKept(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"error": func() error { return fault.New(fault.Transient, "source_unavailable", "", errors.New("refused")) },
		"panic": func() error { panic("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inner := &scripted{}
				inner.query = func(context.Context, *query.Query) (*source.Result, error) {
					if inner.asked.Load() > 1 {
						return answer(t, "well"), nil
					}
					<-time.After(time.Second) // the others come meanwhile
					return nil, fail()
				}
				s := New(inner, nil, nil, new(atomic.Bool))
				var askers sync.WaitGroup
				for range 10 {
					askers.Go(func() {
						if _, err := s.Query(t.Context(), tenant("acme")); err == nil {
							t.Error("an answer of what failed")
						}
					})
				}
				askers.Wait()
				r, err := s.Query(t.Context(), tenant("acme"))
				if got := text(t, r, err); got != "well" || inner.asked.Load() != 2 {
					t.Errorf("%s after %d", got, inner.asked.Load())
				}
			})
		})
	}
}

// Close ends what is under way, and waits for it.
func TestCloseEndsComputations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(slow(t), nil, nil, new(atomic.Bool))
		begin := time.Now()
		var asker sync.WaitGroup
		asker.Go(func() {
			if _, err := s.Query(t.Context(), tenant("acme")); fault.ClassOf(err) != fault.Canceled {
				t.Errorf("it ended with %v", err)
			}
		})
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		asker.Wait()
		if took := time.Since(begin); took != 0 {
			t.Errorf("closing took %v", took)
		}
	})
}

// While a server is in doubt each is told by itself: nobody waits for the one call that finds out whether it is back.
func TestNobodyWaitsForACallToAServerInDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := &scripted{}
		inner.query = func(ctx context.Context, _ *query.Query) (*source.Result, error) {
			if inner.asked.Load() > 1 {
				return nil, source.ErrOpen
			}
			<-ctx.Done() // the first finds out
			return nil, source.Ended(ctx, ctx.Err())
		}
		var doubted atomic.Bool
		doubted.Store(true)
		s := New(inner, nil, nil, &doubted)
		begin := time.Now()
		var first sync.WaitGroup
		first.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := s.Query(ctx, tenant("acme")); fault.ClassOf(err) != fault.Timeout {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()
		for range 5 {
			if _, err := s.Query(t.Context(), tenant("acme")); !errors.Is(err, source.ErrOpen) || time.Since(begin) != 0 {
				t.Errorf("beside it: %v, after %v", err, time.Since(begin))
			}
		}
		first.Wait()
	})
}

// Nothing remains of a query while it is being computed, and all of it before and afterwards; nor of one whose answer is shared, as long as it is fresh.
func TestWhatRemainsOfAQuery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		across := &freshness{}
		s := New(slow(t), across, nil, new(atomic.Bool))
		defer func() { _ = s.Close() }()
		remains := func(what string, q *query.Query, want int) {
			t.Helper()
			if got := source.Remainder(t.Context(), s, q); len(got) != want || want == 1 && got[0] != q {
				t.Errorf("%s, %v remains", what, got)
			}
		}
		remains("before it is asked", tenant("acme"), 1)
		var asker sync.WaitGroup
		asker.Go(func() { _, _ = s.Query(t.Context(), tenant("acme")) })
		synctest.Wait()
		remains("while it is computed", tenant("acme"), 0)
		remains("of another tenant's", tenant("other"), 1)
		asker.Wait()
		remains("afterwards", tenant("acme"), 1)

		shared := tenant("acme")
		shared.Share = &query.Share{FreshFor: time.Minute}
		remains("of what nobody has shared", shared, 1)
		across.fresh = true
		remains("of what is shared", shared, 0)
		remains("of what is never shared", tenant("acme"), 1)
	})
}

// freshness has all answers that are shared, or none.
type freshness struct {
	Across
	fresh bool
}

func (f *freshness) Do(ctx context.Context, _ Question, compute Compute, land Land) {
	land(compute(ctx))
}
func (f *freshness) Fresh(context.Context, Question) bool { return f.fresh }
