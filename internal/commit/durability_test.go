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
		rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, ReadTimeout: 2 * time.Minute})
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	there := client(replica.Addr)
	testenv.Eventually(t, time.Minute, "the replica follows", func() (bool, string) {
		info := there.Info(t.Context(), "replication").Val()
		return strings.Contains(info, "master_link_status:up"), info
	})
	rdb := client(primary.Addr)
	s, reached, short := waiting(t, rdb, "in", commit.Durability{Replicas: 1, Timeout: time.Minute})
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
	s.nothingPending()
	// A copy that does not come is not waited for as long.
	s, reached, short = waiting(t, rdb, "impatient", commit.Durability{Replicas: 1, Timeout: 50 * time.Millisecond})
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

// waiting runs a committer that waits, and counts how often that was enough, and how often it was not.
func waiting(t *testing.T, rdb *redis.Client, stream string, d commit.Durability) (s *site, reached, short *atomic.Int64) {
	t.Helper()
	s, reached, short = &site{t: t, rdb: rdb, stream: stream}, new(atomic.Int64), new(atomic.Int64)
	if err := rdb.XGroupCreateMkStream(t.Context(), stream, "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	if err := d.Check(t.Context(), rdb); err != nil {
		t.Fatal(err)
	}
	s.c = commit.New(commit.Options{
		Redis: rdb, Names: commit.NamesOf(stream), Group: "g", Consumer: "me", Window: time.Hour, LedgerTTL: time.Hour,
		OnNoGroup: func(context.Context) error { return nil }, Durability: d,
		Waited: func(ok bool) {
			if ok {
				reached.Add(1)
			} else {
				short.Add(1)
			}
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.c.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	return s, reached, short
}

// TestCommitsWaitForTheDisk: WAITAOF on a Valkey whose file is written every second. Without a replica, waiting for one too falls short.
func TestCommitsWaitForTheDisk(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Valkey(t), MaxRetries: -1, Protocol: 2, ReadTimeout: 2 * time.Minute})
	t.Cleanup(func() { _ = rdb.Close() })
	stream := fmt.Sprintf("t:%s:%d", t.Name(), time.Now().UnixNano())
	s, reached, short := waiting(t, rdb, stream, commit.Durability{Fsync: true, Timeout: time.Minute})
	for n := range 3 {
		s.wants(commit.Submission{Entry: s.pending("me"), Request: fmt.Sprint(n), Outputs: []commit.Output{s.output(fmt.Sprint(n))}, Final: true}, commit.Done)
		if got := reached.Load(); got != int64(n+1) || short.Load() != 0 {
			t.Fatalf("of %d commits %d are on the disk, %d are not", n+1, got, short.Load())
		}
	}
	s.nothingPending()
	alone, reached, short := waiting(t, rdb, stream+":alone", commit.Durability{Fsync: true, Replicas: 1, Timeout: 50 * time.Millisecond})
	alone.wants(commit.Submission{Entry: alone.pending("me"), Request: "alone", Outputs: []commit.Output{alone.output("alone")}, Final: true}, commit.Done)
	if reached.Load() != 0 || short.Load() != 1 {
		t.Errorf("%d commits are said to be on a replica that there is not, %d not to be", reached.Load(), short.Load())
	}
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
