package consumer_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

func TestGroupStartsAtZero(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.add(20) // before any consumer has ever run
		s.start(s.options("a"))
		s.settled()
		if n := s.len(s.h.out); n != 20 {
			t.Errorf("%d outputs, want 20", n)
		}
	})
}

func TestGroupIsMadeAgain(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.start(s.options("a"))
		s.add(1)
		s.until("the first is served", func() bool { return s.len(s.h.out) == 1 })
		s.rdb.XGroupDestroy(t.Context(), s.stream, "g")
		s.add(2)
		s.until("all are served", func() bool { return s.len(s.h.out) == 3 })
		s.rdb.Del(t.Context(), s.stream)
		s.add(1)
		s.until("the one after the stream was deleted is served", func() bool { return s.len(s.h.out) == 4 })
	})
}

func TestEntriesStayWhileAnotherGroupReads(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.rdb.XGroupCreateMkStream(t.Context(), s.stream, "other", "0")
		s.add(2)
		s.start(s.options("a"))
		s.until("both are served", func() bool { return s.len(s.h.out) == 2 })
		if n := s.len(s.stream); n != 2 {
			t.Errorf("%d entries are left, want 2", n)
		}
	})
}

// What was emitted is there when it is said to be written, and nothing is waited for where all is.
func TestProgressIsWritten(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		written := make(chan int64, 1)
		s.h.handle = func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) consumer.Outcome {
			if _, err := emit.Begin(ctx, e.First, false); err != nil || emit.Written() != nil {
				t.Errorf("before anything was emitted: %v", err)
			}
			for _, name := range []string{"one", "two"} {
				if err := emit.Emit(ctx, commit.Output{Key: name, Note: "ok", Ops: []commit.Op{commit.Append{Stream: s.h.out, Fields: []string{"widget", name}}}}); err != nil {
					t.Error(err)
				}
			}
			if on := emit.Written(); on != nil { // the answer may have come by now
				<-on
			}
			written <- s.rdb.XLen(ctx, s.h.out).Val()
			if emit.Written() != nil {
				t.Error("something is on its way when all is written")
			}
			return consumer.Outcome{}
		}
		s.add(1)
		s.start(s.options("a"))
		if n := <-written; n != 2 {
			t.Errorf("%d outputs are there when they are written", n)
		}
		s.settled()
	})
}

func TestProgressIsNotSentTwice(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		widget := func(name string) commit.Output {
			return commit.Output{Key: name, Note: "ok", Ops: []commit.Op{commit.Append{Stream: s.h.out, Fields: []string{"widget", name}}}}
		}
		var sentBefore atomic.Int64
		s.h.handle = func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) consumer.Outcome {
			sent, err := emit.Begin(ctx, e.First, false)
			if err != nil {
				return consumer.Outcome{Err: err}
			}
			sentBefore.Store(int64(len(sent)))
			if err := emit.Emit(ctx, widget("one")); err != nil {
				return consumer.Outcome{Err: err}
			}
			if e.Attempt == 1 {
				return consumer.Outcome{Err: fault.New(fault.Transient, "store_down", "", nil)}
			}
			return consumer.Outcome{Outputs: []commit.Output{widget("two")}}
		}
		s.add(1)
		s.start(s.options("a"))
		s.until("both widgets are there", func() bool { return s.len(s.h.out) == 2 })
		s.settled()
		if n := s.len(s.h.out); n != 2 || sentBefore.Load() != 1 {
			t.Errorf("%d outputs, %d known to the second attempt; want 2 and 1", n, sentBefore.Load())
		}
	})
}

func TestResentRequestIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.h.handle = func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) consumer.Outcome {
			if _, err := emit.Begin(ctx, "same-id", true); err != nil {
				return consumer.Outcome{Err: err}
			}
			return s.h.answer(e, "once")
		}
		s.add(3)
		s.start(s.options("a"))
		s.settled()
		if n := s.len(s.h.out); n != 1 {
			t.Errorf("%d outputs, want 1", n)
		}
	})
}
