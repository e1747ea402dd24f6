package commit_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestACommitWaitsForThePassword: where a password is being replaced, servers refuse connections for a while. Commits wait for that, and no request is given up.
func TestACommitWaitsForThePassword(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	first := redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2})
	t.Cleanup(func() { _ = first.Close() })
	if err := first.ConfigSet(t.Context(), "requirepass", "new").Err(); err != nil {
		t.Fatal(err)
	}
	var refused atomic.Int64
	rdb := redis.NewClient(&redis.Options{
		Addr: server.Addr, MaxRetries: -1, Protocol: 2,
		CredentialsProviderContext: func(context.Context) (user, password string, err error) {
			if refused.Load() < 2 {
				return "", "old", nil
			}
			return "", "new", nil
		},
	})
	t.Cleanup(func() { _ = rdb.Close() })
	root := redis.NewClient(&redis.Options{Addr: server.Addr, Password: "new", Protocol: 2})
	t.Cleanup(func() { _ = root.Close() })
	if err := root.XGroupCreateMkStream(t.Context(), "in", "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, rdb: root, stream: "in"}
	s.c = commit.New(commit.Options{
		Redis: rdb, Names: commit.NamesOf("in"), Group: "g", Consumer: "me", Window: time.Hour, LedgerTTL: time.Hour,
		Observe: func(_ int, _ time.Duration, err error) {
			if err != nil {
				refused.Add(1)
			}
		},
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); s.c.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	s.wants(commit.Submission{Entry: s.pending("me"), Request: "r", Outputs: []commit.Output{s.output("r")}, Final: true}, commit.Done)
	s.count("r", 1)
	if refused.Load() != 2 {
		t.Errorf("%d calls were refused, want 2", refused.Load())
	}
}
