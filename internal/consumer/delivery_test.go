package consumer_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

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

func TestPollBufferIsCountedOnce(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		key, status := s.h.out+":buffer", s.h.out+":status"
		s.rdb.HSet(t.Context(), key, "__meta__", `{"total_messages": 2}`)
		s.h.handle = func(context.Context, *consumer.Entry, consumer.Emitter) consumer.Outcome {
			return consumer.Outcome{Outputs: []commit.Output{
				{Key: "w", Note: "ok", Ops: []commit.Op{commit.SetField{Key: key, Field: "w", Value: "{}", TTL: 120}}},
				{Ops: []commit.Op{commit.CountFinished{Key: key, CountField: "__processed_count__", StatusKey: status, DoneStatus: "BUFFERED", TTL: 120}}},
			}}
		}
		s.start(s.options("a"))
		s.add(1)
		s.settled()
		if v := s.rdb.Get(t.Context(), status).Val(); v != "" {
			t.Errorf("status %q after one of two requests", v)
		}
		s.add(1)
		s.settled()
		if v := s.rdb.Get(t.Context(), status).Val(); v != "BUFFERED" {
			t.Errorf("status %q after both", v)
		}
		if n := s.rdb.HGet(t.Context(), key, "__processed_count__").Val(); n != "2" {
			t.Errorf("counted %s, want 2", n)
		}
		if ttl := s.rdb.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > 120*time.Second {
			t.Errorf("time to live %v", ttl)
		}
	})
}
