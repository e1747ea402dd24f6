package consumer

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestLease: a lease that nobody waits for ends as one does that somebody waits for, and says the same of it for ever.
func TestLease(t *testing.T) {
	t.Parallel()
	const limit = time.Minute
	for _, c := range []struct {
		name   string
		limit  time.Duration
		cancel time.Duration // after which it is canceled
		want   error
	}{
		{"canceled", limit, limit / 2, context.Canceled},
		{"canceled without a limit", 0, limit / 2, context.Canceled},
		{"out of time", limit, 2 * limit, context.DeadlineExceeded},
	} {
		for _, waits := range []string{"nobody", "before", "after", "a child"} {
			t.Run(c.name+", waiting: "+waits, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					type key struct{}
					l := &lease{Context: context.WithValue(context.Background(), key{}, "value")}
					if c.limit > 0 {
						l.end = time.Now().Add(c.limit)
					}
					if waits == "before" {
						_ = l.Done()
					}
					child, stop := context.Context(nil), context.CancelFunc(nil)
					if waits == "a child" {
						child, stop = context.WithCancel(l)
						defer stop()
					}
					if err := l.Err(); err != nil {
						t.Fatalf("it ended at once: %v", err)
					}
					if _, limited := l.Deadline(); limited != (c.limit > 0) {
						t.Error("the deadline is not that of the limit")
					}
					time.Sleep(c.cancel)
					l.cancel()
					synctest.Wait()
					if child != nil && !errors.Is(child.Err(), c.want) {
						t.Errorf("the child says %v, want %v", child.Err(), c.want)
					}
					for range 2 {
						if err := l.Err(); !errors.Is(err, c.want) {
							t.Errorf("it says %v, want %v", err, c.want)
						}
						time.Sleep(2 * limit)
						if waits == "after" {
							<-l.Done()
						}
					}
					if l.Value(key{}) != "value" {
						t.Error("its parent's value is lost")
					}
				})
			})
		}
	}
}
