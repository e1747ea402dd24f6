package guard

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// A ping that hangs ends with its context, costs one goroutine however often it is asked, and is believed when it comes back.
func TestAPingThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var asked atomic.Int64
		s := New(&scripted{ping: func(context.Context) error { asked.Add(1); <-release; return nil }}, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		ends(t, s.Ping(ctx), fault.Timeout, "source_timeout")
		for range 5 {
			ends(t, s.Ping(t.Context()), fault.Transient, "source_unavailable")
		}
		if asked.Load() != 1 {
			t.Errorf("%d pings are under way", asked.Load())
		}
		close(release)
		synctest.Wait()
		if err := s.Ping(t.Context()); err != nil || asked.Load() != 2 {
			t.Errorf("afterwards: %v, asked %d times", err, asked.Load())
		}
	})
}
