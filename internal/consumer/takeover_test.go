package consumer_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestDeadConsumersEntriesAreTakenOver(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.add(3)
		ctx := t.Context()
		s.rdb.XGroupCreateMkStream(ctx, s.stream, "g", "0")
		read := func(name string, n int64) {
			if err := s.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: name, Streams: []string{s.stream, ">"}, Count: n}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		read("ours", 2)    // dead, with an old heartbeat
		read("foreign", 1) // never had one: it gets ClaimMinIdle
		s.rdb.HSet(ctx, commit.NamesOf(s.stream).Consumers, "ours", time.Now().Add(-time.Minute).UnixMilli())
		s.start(s.options("b"))
		s.until("the dead consumer's two entries are served", func() bool { return s.len(s.h.out) == 2 })
		testenv.Eventually(t, time.Minute, "the foreign consumer's entry alone is pending", func() (bool, string) { // on a cluster they are acknowledged after they are served
			p := s.rdb.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: s.stream, Group: "g", Start: "-", End: "+", Count: 10}).Val()
			return len(p) == 1 && p[0].Consumer == "foreign", fmt.Sprintf("%+v", p)
		})
	})
}

func TestOwnPendingIsServedAfterARestart(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.add(3)
		s.rdb.XGroupCreateMkStream(t.Context(), s.stream, "g", "0")
		s.rdb.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: "a", Streams: []string{s.stream, ">"}, Count: 3})
		o := s.options("a")
		o.Lease = time.Hour // not by the lease: by the name
		s.start(o)
		s.settled()
		if n := s.len(s.h.out); n != 3 {
			t.Errorf("%d outputs, want 3", n)
		}
	})
}

func TestZombieIsFenced(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		stole := make(chan struct{})
		first := make(chan struct{})
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			if e.Deliveries == 1 {
				close(first)
				<-stole
				return s.h.answer(e, "zombie")
			}
			return s.h.answer(e, "successor")
		}
		id := s.add(1)[0]
		a := s.options("a")
		a.Lease = time.Hour // it will not notice by itself
		s.start(a)
		<-first
		if _, err := s.rdb.XClaim(t.Context(), &redis.XClaimArgs{Stream: s.stream, Group: "g", Consumer: "b", Messages: []string{id}}).Result(); err != nil {
			t.Fatal(err)
		}
		close(stole)
		s.start(s.options("b"))
		s.settled()
		out := s.rdb.XRange(t.Context(), s.h.out, "-", "+").Val()
		if len(out) != 1 || out[0].Values["text"] != "successor" {
			t.Errorf("outputs %v, want the successor's alone", out)
		}
	})
}

func TestDeliveryLimitAndTombstone(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		ids := s.add(2)
		ctx := t.Context()
		s.rdb.XGroupCreateMkStream(ctx, s.stream, "g", "0")
		s.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "a", Streams: []string{s.stream, ">"}, Count: 2})
		for range 3 {
			s.rdb.XClaim(ctx, &redis.XClaimArgs{Stream: s.stream, Group: "g", Consumer: "a", Messages: ids[:1]})
		}
		s.rdb.XDel(ctx, s.stream, ids[1])
		o := s.options("a")
		o.DeliveryLimit = 3
		s.start(o)
		s.until("both dead letters are there", func() bool { return s.len(s.h.out+":dead") == 2 })
		reasons := map[any]bool{}
		for _, m := range s.rdb.XRange(ctx, s.h.out+":dead", "-", "+").Val() {
			reasons[m.Values["reason"]] = true
		}
		if !reasons["delivery_limit"] || !reasons["trimmed_while_pending"] {
			t.Errorf("reasons %v", reasons)
		}
		s.settled()
	})
}

// A heartbeat is there whenever an entry is served, also after the server has lost everything, and long before the next
// renewal.
func TestHeartbeatComesBeforeTheFirstEntry(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		beats := commit.NamesOf(s.stream).Consumers
		var served, seen atomic.Int64
		s.h.handle = func(ctx context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			if s.rdb.HExists(ctx, beats, "a").Val() {
				seen.Add(1)
			}
			served.Add(1)
			return s.h.answer(e, "done")
		}
		s.add(1)
		o := s.options("a")
		o.Lease = time.Hour
		s.start(o)
		s.settled()
		s.rdb.Del(t.Context(), s.stream, beats)
		s.add(1)
		s.until("the second entry is served", func() bool { return served.Load() == 2 })
		if seen.Load() != 2 {
			t.Errorf("%d of 2 entries were served with a heartbeat", seen.Load())
		}
	})
}

func TestDrainHandsBackWithoutChargingAnAttempt(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		running := make(chan struct{}, 1)
		s.h.handle = func(ctx context.Context, _ *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			running <- struct{}{}
			<-ctx.Done()
			return consumer.Outcome{Err: ctx.Err()}
		}
		o := s.options("a")
		o.DrainTimeout = 50 * time.Millisecond
		s.add(1)
		stop := s.start(o)
		<-running
		stop()
		p := s.rdb.XPendingExt(t.Context(), &redis.XPendingExtArgs{Stream: s.stream, Group: "g", Start: "-", End: "+", Count: 10}).Val()
		if len(p) != 1 || p[0].RetryCount != 0 || p[0].Idle < time.Hour {
			t.Fatalf("pending: %+v, want one entry without a charged attempt, free to be taken", p)
		}
		s.h.handle = nil
		s.start(s.options("b"))
		s.settled()
		if n := s.len(s.h.out); n != 1 {
			t.Errorf("%d outputs, want 1", n)
		}
	})
}
