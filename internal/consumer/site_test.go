package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
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
		return redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, ReadTimeout: time.Minute})
	}
	for name, connect := range map[string]func(t *testing.T) redis.UniversalClient{
		"redis":     func(t *testing.T) redis.UniversalClient { t.Helper(); return one(testenv.Redis(t)) },
		"valkey":    func(t *testing.T) redis.UniversalClient { t.Helper(); return one(testenv.Valkey(t)) },
		"miniredis": func(t *testing.T) redis.UniversalClient { t.Helper(); return one(miniredis.RunT(t).Addr()) },
		"cluster": func(t *testing.T) redis.UniversalClient {
			t.Helper()
			c := testenv.RedisCluster(t)
			return redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), MaxRetries: -1, Protocol: 2, ReadTimeout: time.Minute})
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
