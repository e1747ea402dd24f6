package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// handler is a consumer.Handler of functions. By default it writes one output an entry.
type handler struct {
	out    string
	handle func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) consumer.Outcome
}

func (h *handler) Handle(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) consumer.Outcome {
	if h.handle != nil {
		return h.handle(ctx, e, emit)
	}
	return h.answer(e, "done")
}

func (h *handler) answer(e *consumer.Entry, text string) consumer.Outcome {
	return consumer.Outcome{Outputs: []commit.Output{{Key: "w", Note: "ok", Ops: []commit.Op{
		commit.Append{Stream: h.out, Fields: []string{"first", e.First, "text", text}},
	}}}}
}

func (h *handler) GiveUp(_ context.Context, e *consumer.Entry, _ consumer.Emitter, err error) consumer.Outcome {
	return consumer.Outcome{Outputs: []commit.Output{{Ops: []commit.Op{
		commit.Append{Stream: h.out + ":dead", Fields: []string{"first", e.First, "reason", fault.ReasonOf(err)}},
	}}}}
}

// site is one stream with its group, on a real Redis or Valkey, a real cluster, or on miniredis.
type site struct {
	t      *testing.T
	rdb    redis.UniversalClient
	stream string
	h      *handler
}

// everywhere runs a test on a real Redis, on a real Valkey, on a real cluster whose outputs are in other slots than their requests, and on the embedded server.
func everywhere(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	one := func(addr string) redis.UniversalClient {
		return redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2})
	}
	for name, connect := range map[string]func(t *testing.T) redis.UniversalClient{
		"redis":     func(t *testing.T) redis.UniversalClient { t.Helper(); return one(testenv.Redis(t)) },
		"valkey":    func(t *testing.T) redis.UniversalClient { t.Helper(); return one(testenv.Valkey(t)) },
		"miniredis": func(t *testing.T) redis.UniversalClient { t.Helper(); return one(miniredis.RunT(t).Addr()) },
		"cluster": func(t *testing.T) redis.UniversalClient {
			t.Helper()
			c := testenv.RedisCluster(t)
			return redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), MaxRetries: -1, Protocol: 2})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := connect(t)
			t.Cleanup(func() { _ = rdb.Close() })
			stream := fmt.Sprintf("t:%s:%d", t.Name(), time.Now().UnixNano())
			s := &site{t: t, rdb: rdb, stream: stream, h: &handler{out: stream + ":out"}}
			if name == "cluster" {
				s.stream = "{" + stream + "}"
			}
			test(t, s)
		})
	}
}

func (s *site) options(name string) consumer.Options {
	return consumer.Options{
		Redis: s.rdb, Stream: s.stream, Group: "g", Name: name, Handler: s.h, Slots: 4,
		Lease: 400 * time.Millisecond, RetryPause: 10 * time.Millisecond, DrainTimeout: 5 * time.Second,
	}
}

// start runs a consumer until the returned function is called, which waits for its end.
func (s *site) start(o consumer.Options) (stop func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- consumer.New(o).Run(ctx) }()
	stop = func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil && !errors.Is(err, context.Canceled) {
				s.t.Errorf("Run: %v", err)
			}
			ended <- nil
		case <-time.After(2 * time.Minute):
			s.t.Error("the consumer does not end")
		}
	}
	s.t.Cleanup(stop)
	return stop
}

func (s *site) add(n int) (ids []string) {
	s.t.Helper()
	for i := range n {
		id, err := s.rdb.XAdd(s.t.Context(), &redis.XAddArgs{Stream: s.stream, Values: []string{"payload", strconv.Itoa(i)}}).Result()
		if err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func (s *site) until(what string, ok func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			s.t.Fatalf("not within two minutes: %s", what)
		}
		<-tick.C
	}
}

func (s *site) len(stream string) int64 { return s.rdb.XLen(s.t.Context(), stream).Val() }

func (s *site) settled() {
	s.t.Helper()
	s.until("the stream is empty and nothing is pending", func() bool {
		p, err := s.rdb.XPending(s.t.Context(), s.stream, "g").Result()
		return err == nil && p.Count == 0 && s.len(s.stream) == 0
	})
}

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
