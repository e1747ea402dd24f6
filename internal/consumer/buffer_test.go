package consumer_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
)

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

// TestPollBufferCountsWhatIsAnnounced: a request that a later one has taken the place of is counted where both are announced, and otherwise leaves the
// buffer and its status to the later one.
func TestPollBufferCountsWhatIsAnnounced(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			key, _ := e.Field("payload")
			return consumer.Outcome{Outputs: []commit.Output{{Ops: []commit.Op{commit.CountFinished{
				Key: s.h.out + key, CountField: "n", StatusKey: s.h.out + key + ":status", DoneStatus: "BUFFERED", TTL: 120, Least: 2,
			}}}}}
		}
		s.rdb.HSet(t.Context(), s.h.out+"1", "__meta__", `{"total_messages": 2}`, "n", 1)
		s.rdb.HSet(t.Context(), s.h.out+"2", "__meta__", `{"total_messages": 1}`)
		s.start(s.options("a"))
		s.add(3)
		s.settled()
		for key, want := range map[string][2]string{"0": {"", ""}, "1": {"2", "BUFFERED"}, "2": {"", ""}} {
			got := [2]string{s.rdb.HGet(t.Context(), s.h.out+key, "n").Val(), s.rdb.Get(t.Context(), s.h.out+key+":status").Val()}
			if got != want {
				t.Errorf("buffer %s: count and status %q, want %q", key, got, want)
			}
		}
	})
}
