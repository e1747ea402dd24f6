package consumer_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
)

// Entries that were in a process's hands when it ended, twice, are served one at a time: if one of them ends this process too, the others are
// not charged for it. Others, which come meanwhile, do not wait for them.
func TestSuspectsAreServedOneAtATime(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		const suspects = 6
		ids := s.add(suspects)
		if err := s.rdb.XGroupCreate(t.Context(), s.stream, "g", "0").Err(); err != nil {
			t.Fatal(err)
		}
		read := s.rdb.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: "dead", Streams: []string{s.stream, ">"}})
		if err := read.Err(); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids { // handed out twice, and idle for long
			if err := s.rdb.Do(t.Context(), "XCLAIM", s.stream, "g", "dead", 0, id, "IDLE", 100_000_000, "RETRYCOUNT", 2, "JUSTID").Err(); err != nil {
				t.Fatal(err)
			}
		}
		var running, most, served, fresh atomic.Int64
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			if e.Deliveries < 3 {
				fresh.Add(1)
				return s.h.answer(e, "fresh")
			}
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			if served.Load() == 0 { // the first one lasts until others, which are no suspects, were served beside it
				s.add(3) //nolint:contextcheck // the test adds them, not the work
				s.until("others are served meanwhile", func() bool { return fresh.Load() == 3 })
			}
			served.Add(1)
			return s.h.answer(e, "done")
		}
		o := s.options("c1")
		o.Lease = 20 * time.Second
		s.start(o)
		s.until("all are served", func() bool { return served.Load() == suspects })
		if most.Load() != 1 {
			t.Errorf("%d suspects ran at the same time", most.Load())
		}
	})
}
