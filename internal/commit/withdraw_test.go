package commit_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func (s *site) withdraw(request string, as commit.Status) commit.Submission {
	s.t.Helper()
	entry := s.pending("me")
	return commit.Submission{Entry: entry, Request: entry, Final: true, Fresh: true, Outputs: []commit.Output{{Ops: []commit.Op{
		commit.Withdraw{Stream: s.stream, Request: request, As: as, For: time.Hour},
	}}}}
}

// TestWithdrawn: what is committed before a request is withdrawn stays. Afterwards its progress, its end, its later attempt and its way to another stream are
// refused, and it stays pending until the end that says so is committed.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		id, other, single := s.pending("me"), s.pending("me"), s.pending("me")
		progress := func(key string) commit.Submission {
			return commit.Submission{Entry: id, Request: "r1", Marked: true, Outputs: []commit.Output{s.output(key)}}
		}
		s.wants(progress("before"), commit.Done)
		s.wants(s.withdraw("r1", commit.Canceled), commit.Done)
		s.wants(s.withdraw("r1", commit.Superseded), commit.Done)
		s.wants(s.withdraw(single, commit.Superseded), commit.Done)
		s.wants(progress("before"), commit.Canceled)
		s.wants(progress("after"), commit.Canceled)
		end := commit.Submission{Entry: id, Request: "r1", Marked: true, Final: true, Outputs: []commit.Output{s.output("before"), s.output("after")}}
		s.wants(end, commit.Canceled)
		later := end
		later.Requeue = &commit.Requeue{At: time.Now(), Fields: []string{"payload", "x"}}
		s.wants(later, commit.Canceled)
		away := end
		away.Elsewhere = true
		s.wants(away, commit.Canceled)
		s.wants(commit.Submission{Entry: single, Request: single, Final: true, Fresh: true, Outputs: []commit.Output{{Ops: s.output("after").Ops}}}, commit.Superseded)
		s.wants(commit.Submission{Entry: other, Request: other, Final: true, Fresh: true, Outputs: []commit.Output{{Ops: s.output("other").Ops}}}, commit.Done)
		if p := s.rdb.XPending(t.Context(), s.stream, "g").Val(); p.Count != 2 {
			t.Errorf("%d are pending, want the two that were withdrawn", p.Count)
		}
		end.Withdrawn, end.Outputs = true, []commit.Output{s.output("before"), s.output("end")}
		s.wants(end, commit.Done)
		s.wants(end, commit.Fenced)
		s.wants(commit.Submission{Entry: single, Request: single, Final: true, Fresh: true, Withdrawn: true, Outputs: []commit.Output{s.output("end")}}, commit.Done)
		for name, want := range map[string]int64{"before": 1, "after": 0, "other": 1, "end": 2} {
			s.count(name, want)
		}
		s.nothingPending()
		// Whoever sends it again hears nothing more.
		again := s.pending("me")
		s.wants(commit.Submission{Entry: again, Request: "r1", Marked: true, Final: true, Withdrawn: true, Outputs: []commit.Output{s.output("end")}}, commit.Duplicate)
		s.count("end", 2)
	})
}

// TestWithdrawnOnAnotherBackend: what would be written there is not, once the broker has the request as withdrawn.
func TestWithdrawnOnAnotherBackend(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, broker *site) {
		t.Helper()
		here := *broker
		s := &here
		backend := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr(), MaxRetries: -1, Protocol: 2})
		t.Cleanup(func() { _ = backend.Close() })
		s.c = commit.New(commit.Options{
			Redis: s.rdb, Backend: backend, Names: commit.NamesOf(s.stream), Group: "g", Consumer: "me", Window: time.Hour, LedgerTTL: time.Hour,
			OnNoGroup: func(context.Context) error { return nil },
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { s.c.Run(ctx); close(ended) }()
		t.Cleanup(func() { cancel(); <-ended })
		id := s.pending("me")
		set := func(field string) commit.Output {
			return commit.Output{Key: field, Note: "ok", Ops: []commit.Op{commit.SetField{Key: s.out("buffer"), Field: field, Value: "{}", TTL: 60}}}
		}
		s.wants(commit.Submission{Entry: id, Request: id, Outputs: []commit.Output{set("before")}}, commit.Done)
		s.wants(s.withdraw(id, commit.Canceled), commit.Done)
		s.wants(commit.Submission{Entry: id, Request: id, Outputs: []commit.Output{set("after")}}, commit.Canceled)
		s.wants(commit.Submission{Entry: id, Request: id, Final: true, Outputs: []commit.Output{set("after")}}, commit.Canceled)
		s.wants(commit.Submission{Entry: id, Request: id, Final: true, Withdrawn: true, Outputs: []commit.Output{set("end")}}, commit.Done)
		s.nothingPending()
		if there := backend.HKeys(t.Context(), s.out("buffer")).Val(); !slices.Equal(there, []string{"before", "end"}) {
			t.Errorf("the buffer has %v", there)
		}
	})
}

// between withdraws a request when the first script has run that writes away from its stream, and before the step that acknowledges it.
type between struct {
	away func(key string) bool
	then func()
	once sync.Once
}

func (b *between) DialHook(next redis.DialHook) redis.DialHook { return next }

func (b *between) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (b *between) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if args := cmd.Args(); err == nil && len(args) > 4 && b.away(fmt.Sprint(args[4])) {
			b.once.Do(b.then)
		}
		return err
	}
}

// TestWithdrawnBetweenTwoSteps: where outputs are in another slot than their request they are written first. What was written then is committed, although the
// request is withdrawn before the step: else its page would be closed twice.
func TestWithdrawnBetweenTwoSteps(t *testing.T) {
	t.Parallel()
	c := testenv.RedisCluster(t)
	connect := func() *redis.ClusterClient {
		rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), MaxRetries: -1, Protocol: 2})
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	rdb, ctx := connect(), t.Context()
	names := commit.NamesOf(fmt.Sprintf("{t:%s:%d}", t.Name(), time.Now().UnixNano()))
	out := names.Stream[1:len(names.Stream)-1] + ":out"
	rdb.XGroupCreateMkStream(ctx, names.Stream, "g", "0")
	id := rdb.XAdd(ctx, &redis.XAddArgs{Stream: names.Stream, Values: []string{"payload", "x"}}).Val()
	rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "me", Streams: []string{names.Stream, ">"}})
	watched := connect()
	withdrawn := false
	watched.AddHook(&between{away: func(key string) bool { return key == out }, then: func() {
		withdrawn = true
		n := commit.Newest{Redis: rdb, Stream: names.Stream, Window: time.Hour, For: time.Hour}
		for _, r := range [][2]string{{id, id}, {"9" + id, "later"}} {
			if as, err := n.Claim(ctx, "k", r[0], r[1]); as != "" || err != nil {
				t.Errorf("%q, %v", as, err)
			}
		}
	}})
	committer := commit.New(commit.Options{
		Redis: watched, Cluster: true, Names: names, Group: "g", Consumer: "me", Window: time.Hour, LedgerTTL: time.Hour,
		OnNoGroup: func(context.Context) error { return nil },
	})
	running, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { committer.Run(running); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	w := make(waiter, 1)
	end := commit.Submission{Entry: id, Request: id, Final: true, Fresh: true, Outputs: []commit.Output{
		{Key: "end", Note: "ok", Ops: []commit.Op{commit.Append{Stream: out, Fields: []string{"payload", "complete"}}}},
	}}
	if err := committer.Submit(ctx, end, w); err != nil {
		t.Fatal(err)
	}
	if a := <-w; a.status != commit.Done || a.err != nil || !withdrawn || !rdb.HExists(ctx, names.Marks, id).Val() {
		t.Errorf("answer %q, %v; withdrawn %v", a.status, a.err, withdrawn)
	}
	if n := rdb.XLen(ctx, out).Val(); n != 1 || rdb.XLen(ctx, names.Stream).Val() != 0 {
		t.Errorf("%d outputs", n)
	}
}

// TestForgottenWithdrawals: what is older than it is remembered for goes with the next one, from the hash and the stream.
func TestForgottenWithdrawals(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		names := commit.NamesOf(s.stream)
		long := time.Now().Add(-2 * time.Hour).UnixMilli()
		for i := range 3 {
			request := fmt.Sprint("old", i)
			s.rdb.HSet(t.Context(), names.Marks, request, "cancelled")
			if err := s.rdb.Do(t.Context(), "XADD", names.Withdrawn, fmt.Sprintf("%d-%d", long, i), "request", request, "status", "cancelled").Err(); err != nil {
				t.Fatal(err)
			}
		}
		s.wants(s.withdraw("new", commit.Canceled), commit.Done)
		if marks := s.rdb.HGetAll(t.Context(), names.Marks).Val(); len(marks) != 1 || marks["new"] != "cancelled" {
			t.Errorf("remembered are %v", marks)
		}
		if n := s.rdb.XLen(t.Context(), names.Withdrawn).Val(); n != 1 {
			t.Errorf("%d are on the stream", n)
		}
	})
}

// TestNewest: of the requests of a key the latest one on the stream is wanted, whichever comes first to be served, and however often each is sent or tried.
func TestNewest(t *testing.T) {
	t.Parallel()
	type step struct {
		first, request string
		want           commit.Status
	}
	for name, steps := range map[string][]step{
		"in order":                {{"1-0", "a", ""}, {"2-0", "b", ""}, {"1-0", "a", commit.Superseded}, {"2-0", "b", ""}},
		"the later one first":     {{"2-0", "b", ""}, {"1-0", "a", commit.Superseded}, {"2-0", "b", ""}},
		"in one millisecond":      {{"1-10", "b", ""}, {"1-9", "a", commit.Superseded}, {"1-11", "c", ""}, {"1-10", "b", commit.Superseded}},
		"more digits":             {{"99-0", "a", ""}, {"100-0", "b", ""}, {"99-0", "a", commit.Superseded}},
		"sent again":              {{"1-0", "a", ""}, {"3-0", "a", ""}, {"2-0", "b", ""}, {"3-0", "a", commit.Superseded}, {"4-0", "a", commit.Superseded}, {"2-0", "b", ""}},
		"sent again when done":    {{"1-0", "finished", ""}, {"2-0", "b", ""}, {"3-0", "finished", ""}, {"2-0", "b", ""}},
		"what is done is let be":  {{"1-0", "finished", ""}, {"2-0", "b", ""}},
		"what is cancelled is so": {{"1-0", "cancelled", commit.Canceled}, {"2-0", "b", ""}, {"3-0", "cancelled", commit.Canceled}, {"2-0", "b", ""}},
		"strange names":           {{"1-0", "a b\nc", ""}, {"2-0", "", ""}, {"1-0", "a b\nc", commit.Superseded}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, s *site) {
				t.Helper()
				done := s.pending("me")
				s.wants(commit.Submission{Entry: done, Request: "finished", Marked: true, Final: true, Outputs: []commit.Output{s.output("x")}}, commit.Done)
				s.wants(s.withdraw("cancelled", commit.Canceled), commit.Done)
				n := commit.Newest{Redis: s.rdb, Stream: s.stream, Window: time.Hour, For: time.Hour}
				for i, c := range steps {
					got, err := n.Claim(t.Context(), n.Key("t", "p", "g", "r"), c.first, c.request)
					if err != nil || got != c.want {
						t.Errorf("step %d, %v: %q, %v", i, c, got, err)
					}
				}
				if other, err := n.Claim(t.Context(), n.Key("t", "p", "g", "r2"), "0-1", "z"); other != "" || err != nil {
					t.Errorf("another key: %q, %v", other, err)
				}
				names := commit.NamesOf(s.stream)
				if s.rdb.HExists(t.Context(), names.Marks, "finished").Val() {
					t.Error("what was done is withdrawn")
				}
			})
		})
	}
	var n commit.Newest
	if n.Key("a/b", "", "c", "d") == n.Key("a", "b", "c", "d") || n.Key("a", "", "b/c", "d") == n.Key("a", "", "b", "c/d") {
		t.Error("two requests of different tenants or pages have one key")
	}
}
