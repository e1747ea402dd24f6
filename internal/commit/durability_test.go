package commit_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestCommitsWaitForReplicas: whoever is told of a commit finds it on the replica. While the replica is stopped commits are made all the same, once, and it is said that they are not copied.
func TestCommitsWaitForReplicas(t *testing.T) {
	t.Parallel()
	primary := testenv.StartRedis(t)
	host, port, err := net.SplitHostPort(primary.Addr)
	if err != nil {
		t.Fatal(err)
	}
	replica := testenv.StartRedis(t, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
	client := func(addr string) *redis.Client {
		rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2})
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	there := client(replica.Addr)
	testenv.Eventually(t, time.Minute, "the replica follows", func() (bool, string) {
		info := there.Info(t.Context(), "replication").Val()
		return strings.Contains(info, "master_link_status:up"), info
	})
	s := &site{t: t, rdb: client(primary.Addr), stream: "in"}
	if err := s.rdb.XGroupCreateMkStream(t.Context(), s.stream, "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	var reached, short atomic.Int64
	o := commit.Options{
		Redis: s.rdb, Names: commit.NamesOf(s.stream), Group: "g", Consumer: "me", Window: time.Hour, LedgerTTL: time.Hour,
		OnNoGroup:  func(context.Context) error { return nil },
		Durability: commit.Durability{Replicas: 1, Timeout: 2 * time.Second},
		Waited: func(ok bool) {
			if ok {
				reached.Add(1)
			} else {
				short.Add(1)
			}
		},
	}
	if err := o.Durability.Check(t.Context(), s.rdb); err != nil {
		t.Fatal(err)
	}
	s.c = commit.New(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.c.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })

	for n := range 50 {
		out := fmt.Sprint(n)
		s.wants(commit.Submission{Entry: s.pending("me"), Request: out, Outputs: []commit.Output{s.output(out)}, Final: true}, commit.Done)
		if here := there.XLen(t.Context(), s.out(out)).Val(); here != 1 {
			t.Fatalf("commit %d is not on the replica", n)
		}
	}
	if reached.Load() != 50 || short.Load() != 0 {
		t.Errorf("%d reached the replica, %d did not", reached.Load(), short.Load())
	}
	replica.Signal(t, syscall.SIGSTOP)
	s.wants(commit.Submission{Entry: s.pending("me"), Request: "alone", Outputs: []commit.Output{s.output("alone")}, Final: true}, commit.Done)
	s.count("alone", 1)
	if short.Load() != 1 {
		t.Errorf("%d commits are said not to be copied, want 1", short.Load())
	}
	replica.Signal(t, syscall.SIGCONT)
	testenv.Eventually(t, time.Minute, "commits are copied again", func() (bool, string) {
		before := reached.Load()
		s.wants(commit.Submission{Entry: s.pending("me"), Request: "later", Outputs: []commit.Output{s.output("later")}, Final: true}, commit.Done)
		return reached.Load() > before, "not yet"
	})
	s.nothingPending()
}

// TestWhatTheServerCannotWaitFor is said with what to do.
func TestWhatTheServerCannotWaitFor(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr, MaxRetries: -1, Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	if err := (commit.Durability{}).Check(t.Context(), rdb); err != nil {
		t.Error(err)
	}
	err := commit.Durability{Fsync: true, Timeout: time.Second}.Check(t.Context(), rdb)
	// Redis 7.0 does not know the command; later ones know it, and this one keeps no append-only file.
	if err == nil || !strings.Contains(err.Error(), "Redis 7.2 or Valkey") && !strings.Contains(err.Error(), "appendonly yes") {
		t.Errorf("%v", err)
	}
	if err := rdb.Do(t.Context(), "ACL", "SETUSER", "default", "-wait").Err(); err != nil {
		t.Fatal(err)
	}
	if err := (commit.Durability{Replicas: 1}).Check(t.Context(), rdb); err == nil || !strings.Contains(err.Error(), "grant +wait") {
		t.Errorf("%v", err)
	}
}
