package commit_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// site is one input stream with pending entries, on a real Redis or on miniredis.
type site struct {
	t      *testing.T
	rdb    *redis.Client
	stream string
	c      *commit.Committer
}

func both(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	for name, addr := range map[string]func(t *testing.T) string{
		"redis":     func(t *testing.T) string { t.Helper(); return testenv.Redis(t) },
		"valkey":    func(t *testing.T) string { t.Helper(); return testenv.Valkey(t) },
		"miniredis": func(t *testing.T) string { t.Helper(); return miniredis.RunT(t).Addr() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newSite(t, addr(t), nil))
		})
	}
}

// newSite runs a committer; dial, when it is set, is how it reaches the server.
func newSite(t *testing.T, addr string, dial func(ctx context.Context, network, addr string) (net.Conn, error)) *site {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, ReadTimeout: time.Minute})
	// Thousands of outputs take a busy machine, in miniredis' Lua, longer than the seconds that a client waits.
	through := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, Dialer: dial, ReadTimeout: 2 * time.Minute})
	s := &site{t: t, rdb: rdb, stream: fmt.Sprintf("t:%s:%d", t.Name(), time.Now().UnixNano())}
	if err := rdb.XGroupCreateMkStream(t.Context(), s.stream, "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	s.c = commit.New(commit.Options{
		Redis: through, Names: commit.NamesOf(s.stream), Group: "g", Consumer: "me", Window: time.Hour, LedgerTTL: time.Hour,
		OnNoGroup: func(context.Context) error { return nil },
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.c.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended; _ = through.Close(); _ = rdb.Close() })
	return s
}

// pending adds an entry and reads it as a consumer.
func (s *site) pending(consumer string) (id string) {
	s.t.Helper()
	id = s.rdb.XAdd(s.t.Context(), &redis.XAddArgs{Stream: s.stream, Values: []string{"payload", "x"}}).Val()
	if err := s.rdb.XReadGroup(s.t.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: consumer, Streams: []string{s.stream, ">"}}).Err(); err != nil {
		s.t.Fatal(err)
	}
	return id
}

type answer struct {
	status commit.Status
	err    error
}

type waiter chan answer

func (w waiter) Answered(s commit.Status, err error) { w <- answer{s, err} }

func (waiter) Lost() bool { return false }

func (s *site) submit(sub commit.Submission) answer {
	s.t.Helper()
	w := make(waiter, 1)
	if err := s.c.Submit(s.t.Context(), sub, w); err != nil {
		return answer{err: err}
	}
	select {
	case a := <-w:
		return a
	case <-time.After(2 * time.Minute):
		s.t.Fatal("no answer within two minutes")
		return answer{}
	}
}

func (s *site) wants(sub commit.Submission, want commit.Status) {
	s.t.Helper()
	if a := s.submit(sub); a.status != want || a.err != nil {
		s.t.Fatalf("answer %q, %v; want %q", a.status, a.err, want)
	}
}

func (s *site) out(name string) string { return s.stream + ":out:" + name }

func (s *site) output(key string) commit.Output {
	return commit.Output{Key: key, Note: "ok", Ops: []commit.Op{commit.Append{Stream: s.out(key), Fields: []string{"payload", key}}}}
}

func (s *site) count(name string, want int64) {
	s.t.Helper()
	if n := s.rdb.XLen(s.t.Context(), s.out(name)).Val(); n != want {
		s.t.Errorf("%d entries in %s, want %d", n, name, want)
	}
}

func (s *site) nothingPending() {
	s.t.Helper()
	if p := s.rdb.XPending(s.t.Context(), s.stream, "g").Val(); p.Count != 0 {
		s.t.Errorf("%d entries are pending", p.Count)
	}
	if n := s.rdb.XLen(s.t.Context(), s.stream).Val(); n != 0 {
		s.t.Errorf("%d entries are left on the stream", n)
	}
}
