package consumer_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

func TestPassingFailuresAreRetriedThenGivenUp(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		var tries atomic.Int64
		s.h.handle = func(context.Context, *consumer.Entry, consumer.Emitter) consumer.Outcome {
			tries.Add(1)
			return consumer.Outcome{Err: fault.New(fault.Transient, "store_down", "", errors.New("refused"))}
		}
		o := s.options("a")
		o.Attempts = 3
		s.add(1)
		s.start(o)
		s.until("the dead letter is there", func() bool { return s.len(s.h.out+":dead") == 1 })
		s.settled()
		if n := tries.Load(); n != 3 {
			t.Errorf("%d attempts, want 3", n)
		}
	})
}

func TestPermanentFailureAndPanicAreGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			if p, _ := e.Field("payload"); p == "0" {
				panic("poison")
			}
			return consumer.Outcome{Err: errors.New("never")}
		}
		s.add(2)
		s.start(s.options("a"))
		s.settled()
		if n := s.len(s.h.out + ":dead"); n != 2 {
			t.Errorf("%d dead letters, want 2", n)
		}
	})
}

func TestUnwritableOutputIsDeadLettered(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.rdb.Set(t.Context(), s.h.out, "no stream", 0)
		s.add(2)
		s.start(s.options("a"))
		s.settled()
		if n := s.len(s.h.out + ":dead"); n != 2 {
			t.Errorf("%d dead letters, want 2: nothing may be acknowledged that is not written", n)
		}
	})
}
