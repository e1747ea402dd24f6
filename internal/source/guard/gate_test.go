package guard

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// So many calls run, so many wait, and what is beyond is told at once that there is too much to do.
func TestTheLimitHoldsOverAllCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit, queue, calls = 3, 4, 10
		var running, most, ok, throttled atomic.Int64
		s := New(&scripted{query: func(context.Context) (*source.Result, error) {
			n := running.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			defer running.Add(-1)
			time.Sleep(time.Second)
			return result(t, 1, "x"), nil
		}}, Options{Limit: limit, Queue: queue})
		var wg sync.WaitGroup
		begin := time.Now()
		for range calls {
			wg.Go(func() {
				switch _, err := s.Query(t.Context(), &query.Query{}); {
				case err == nil:
					ok.Add(1)
				case fault.ClassOf(err) == fault.Throttled && time.Since(begin) == 0:
					throttled.Add(1)
				default:
					t.Errorf("after %v: %v", time.Since(begin), err)
				}
			})
		}
		wg.Wait()
		if most.Load() != limit || ok.Load() != limit+queue || throttled.Load() != calls-limit-queue {
			t.Errorf("%d ran at once, %d were answered, %d refused; want %d, %d, %d", most.Load(), ok.Load(), throttled.Load(), limit, limit+queue, calls-limit-queue)
		}
		if _, err := s.Query(t.Context(), &query.Query{}); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// The queue is as old as the one that waits longest.
func TestTheQueuesAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 10, nil)
		if err := g.enter(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		wait := func(ctx context.Context) {
			waiting.Go(func() { _ = g.enter(ctx, nil, nil) })
			synctest.Wait()
		}
		wait(ctx)
		time.Sleep(3 * time.Second)
		wait(t.Context())
		time.Sleep(time.Second)
		if age := g.age(); age != 4*time.Second {
			t.Errorf("after four seconds it is %v", age)
		}
		cancel() // the first gives up
		synctest.Wait()
		if age := g.age(); age != time.Second {
			t.Errorf("of the one that came a second ago it is %v", age)
		}
		g.leave()
		waiting.Wait()
		if age := g.age(); age != 0 {
			t.Errorf("of nobody it is %v", age)
		}
	})
}

// Who waits is served in the order of arrival, and newcomers do not push in.
func TestTheQueueIsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 10, nil)
		if err := g.enter(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		order := make(chan int, 4)
		for i := range 4 {
			go func() {
				if err := g.enter(t.Context(), nil, nil); err != nil {
					t.Error(err)
				}
				order <- i
				g.leave()
			}()
			synctest.Wait()
		}
		g.leave()
		for want := range 4 {
			if got := <-order; got != want {
				t.Errorf("%d came in, want %d", got, want)
			}
		}
	})
}
