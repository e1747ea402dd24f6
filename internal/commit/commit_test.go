package commit_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
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
	rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2})
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

// gone is a waiter whose entry is given up.
type gone struct{ waiter }

func (gone) Lost() bool { return true }

// TestNothingOfALostEntryIsWritten: what was queued before an entry was lost is not written, although the entry has come back meanwhile.
func TestNothingOfALostEntryIsWritten(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		id := s.pending("me")
		answers := make(waiter, 1)
		progress := commit.Submission{Entry: id, Request: id, Outputs: []commit.Output{s.output("a")}}
		if err := s.c.Submit(t.Context(), progress, gone{answers}); err != nil {
			t.Fatal(err)
		}
		if a := <-answers; a.status != commit.Fenced || a.err != nil {
			t.Errorf("answer %q, %v; want %q", a.status, a.err, commit.Fenced)
		}
		s.count("a", 0)
	})
}

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

func TestProgressAndEndAreWrittenOnceHoweverOftenTheyAreSent(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		id := s.pending("me")
		progress := commit.Submission{Entry: id, Request: id, Outputs: []commit.Output{s.output("a"), s.output("b")}}
		s.wants(progress, commit.Done)
		s.wants(progress, commit.Done)
		end := commit.Submission{Entry: id, Request: id, Final: true, Outputs: []commit.Output{s.output("a"), s.output("c"), {Ops: s.output("closing").Ops}}}
		s.wants(end, commit.Done)
		s.wants(end, commit.Fenced)
		s.wants(progress, commit.Fenced)
		for _, key := range []string{"a", "b", "c", "closing"} {
			s.count(key, 1)
		}
		s.nothingPending()
		if keys := s.rdb.Keys(t.Context(), s.stream+":ledger:*").Val(); len(keys) > 0 {
			t.Errorf("ledgers are left: %v", keys)
		}
	})
}

func TestWhatAPeerHoldsIsNotWritten(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		theirs, mine := s.pending("peer"), s.pending("me")
		s.wants(commit.Submission{Entry: theirs, Request: theirs, Final: true, Fresh: true, Outputs: []commit.Output{s.output("a")}}, commit.Fenced)
		s.wants(commit.Submission{Entry: mine, Request: mine, Final: true, Fresh: true, Outputs: []commit.Output{s.output("b")}}, commit.Done)
		s.count("a", 0)
		s.count("b", 1)
	})
}

func TestResentRequestIsAcknowledgedWithoutOutput(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		for i, want := range []commit.Status{commit.Done, commit.Duplicate} {
			id := s.pending("me")
			s.wants(commit.Submission{Entry: id, Request: "r-1", Marked: true, Final: true, Fresh: i == 0, Outputs: []commit.Output{s.output("a")}}, want)
		}
		s.count("a", 1)
		s.nothingPending()
	})
}

// A part of a submission is written when a later part cannot be: sent again, only the rest is.
func TestPartlyWrittenSubmissionIsCompletedByTheNextTry(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		id := s.pending("me")
		s.rdb.Set(t.Context(), s.out("b"), "not a stream", 0)
		sub := commit.Submission{Entry: id, Request: id, Final: true, Fresh: true, Outputs: []commit.Output{s.output("a"), s.output("b"), s.output("c")}}
		if a := s.submit(sub); a.err == nil {
			t.Fatalf("written to a key of another type: %q", a.status)
		}
		s.count("a", 1)
		s.count("c", 0)
		s.rdb.Del(t.Context(), s.out("b"))
		sub.Fresh = false
		s.wants(sub, commit.Done)
		for _, key := range []string{"a", "b", "c"} {
			s.count(key, 1)
		}
		s.nothingPending()
	})
}

func TestFieldsArriveInOrderUnderAnyName(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		for _, fields := range [][]string{
			{"payload", "1", "eventName", "x y,z"},
			{"payload", "1", "original:a b,c%", "", "original:ü", "\x00\r\n", "payload", "2"},
		} {
			id := s.pending("me")
			s.rdb.Del(t.Context(), s.out("a"))
			s.wants(commit.Submission{Entry: id, Request: id, Final: true, Fresh: true, Outputs: []commit.Output{
				{Ops: []commit.Op{commit.Append{Stream: s.out("a"), MaxLen: 10, Fields: fields}}},
			}}, commit.Done)
			reply, err := s.rdb.Do(t.Context(), "XRANGE", s.out("a"), "-", "+").Slice()
			if err != nil || len(reply) != 1 {
				t.Fatalf("%v, %v", reply, err)
			}
			entry, _ := reply[0].([]any)
			got, _ := entry[1].([]any)
			if want := slices.Collect(anys(fields)); !slices.Equal(got, want) {
				t.Errorf("fields %q, want %q", got, want)
			}
		}
	})
}

func anys(list []string) func(yield func(any) bool) {
	return func(yield func(any) bool) {
		for _, v := range list {
			if !yield(v) {
				return
			}
		}
	}
}

func TestPutBackKeepsWhatWasSentAndTheFieldsByteForByte(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		id := s.pending("me")
		fields := []string{"payload", "a\x00b", "n", ""}
		s.wants(commit.Submission{Entry: id, Request: id, Final: true, Fresh: true, Outputs: []commit.Output{s.output("a")},
			Requeue: &commit.Requeue{Fields: fields, At: time.UnixMilli(1234)}}, commit.Done)
		s.nothingPending()
		names := commit.NamesOf(s.stream)
		due := s.rdb.ZRangeWithScores(t.Context(), names.Delayed, 0, -1).Val()
		if len(due) != 1 || due[0].Score != 1234 {
			t.Fatalf("delayed: %v", due)
		}
		member, _ := due[0].Member.(string)
		entry, got, err := commit.UnpackFields(member)
		if err != nil || entry != id || !slices.Equal(got, fields) {
			t.Errorf("%q %q %v", entry, got, err)
		}
		if note := s.rdb.HGet(t.Context(), names.LedgerPrefix+id, "a").Val(); note != "ok" {
			t.Errorf("the ledger says %q", note)
		}
	})
}

// lossy drops the connection in place of the first reply after cut was called: the server has done what it was asked, and
// nobody hears of it. A fake: a network that fails at this very moment can't be had.
type lossy struct {
	net.Conn
	cut *atomic.Bool
}

func (l lossy) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 && l.cut.CompareAndSwap(true, false) {
		_ = l.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

func TestLostReplyDoublesNothing(t *testing.T) {
	t.Parallel()
	var cut atomic.Bool
	s := newSite(t, testenv.Redis(t), func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return lossy{conn, &cut}, err
	})
	warm := s.pending("me")
	s.wants(commit.Submission{Entry: warm, Request: warm, Final: true, Fresh: true, Outputs: []commit.Output{s.output("warm")}}, commit.Done)
	id := s.pending("me")
	cut.Store(true)
	s.wants(commit.Submission{Entry: id, Request: id, Outputs: []commit.Output{s.output("a")}}, commit.Done)
	if cut.Load() {
		t.Fatal("no reply was lost")
	}
	cut.Store(true)
	// The first try did it all; the second finds the entry gone.
	s.wants(commit.Submission{Entry: id, Request: id, Final: true, Outputs: []commit.Output{s.output("b")}}, commit.Fenced)
	s.count("a", 1)
	s.count("b", 1)
	s.nothingPending()
}

func TestEverySubmissionIsAnsweredWhenTheCommitterEnds(t *testing.T) {
	t.Parallel()
	c := commit.New(commit.Options{Redis: redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1}), Names: commit.NamesOf("s"), Window: time.Hour, LedgerTTL: time.Hour})
	const n = 200
	answers := make(waiter, n)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() { c.Run(ctx); close(ended) }()
	want := 0
	for i := range n {
		if i == n/2 {
			cancel()
		}
		if err := c.Submit(t.Context(), commit.Submission{Entry: "1-1", Request: fmt.Sprint(i), Final: true}, answers); err == nil {
			want++
		}
	}
	<-ended
	for i := range want {
		select {
		case a := <-answers:
			if a.err == nil {
				t.Errorf("answered %q by a server that is not there", a.status)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d submissions were answered", i, want)
		}
	}
}

// TestRounds: the next round is scheduled with the end of the one before, once, and by nobody but the latest request of its key.
func TestRounds(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		names := commit.NamesOf(s.stream)
		key := names.Rounds("", "P", "u1")
		due := time.UnixMilli(5000)
		end := func(entry, holder string, first bool, fields ...string) commit.Submission {
			round := commit.Round{Key: key, Holder: holder, First: first, TTL: 60}
			if fields != nil {
				round.Next = &commit.Requeue{At: due, Fields: fields}
			}
			return commit.Submission{Entry: entry, Request: entry, Final: true, Outputs: []commit.Output{s.output("a"), {Ops: []commit.Op{round}}}}
		}
		next := func(what string, want ...string) {
			t.Helper()
			var got []string
			for _, z := range s.rdb.ZRangeWithScores(t.Context(), names.Delayed, 0, -1).Val() {
				_, fields, err := commit.UnpackFields(z.Member.(string))
				if err != nil || z.Score != 5000 {
					t.Errorf("%s: due at %v, %v", what, z.Score, err)
				}
				got = append(got, fields[1])
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: the next rounds are %v, want %v", what, got, want)
			}
		}
		older, newer := s.pending("me"), s.pending("me")

		s.wants(end(newer, newer, true, "n", "newer 1"), commit.Done)
		s.wants(end(newer, newer, true, "n", "newer 1 again"), commit.Fenced)
		next("the first round", "newer 1")
		s.wants(end(older, older, true, "n", "older 1"), commit.Done)
		next("an older request comes late", "newer 1")
		if ttl := s.rdb.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > time.Minute {
			t.Errorf("the key lasts %v", ttl)
		}

		s.wants(end(s.pending("me"), newer, false, "n", "newer 2"), commit.Done)
		s.wants(end(s.pending("me"), older, false, "n", "older 2"), commit.Done)
		next("the second round", "newer 1", "newer 2")

		stop := s.pending("me")
		s.wants(end(stop, stop, true), commit.Done)
		s.wants(end(s.pending("me"), newer, false, "n", "newer 3"), commit.Done)
		next("after a stop", "newer 1", "newer 2")
		latest := s.pending("me")
		s.wants(end(latest, latest, true, "n", "latest 1"), commit.Done)
		next("a request after the stop", "latest 1", "newer 1", "newer 2")

		s.wants(end(s.pending("me"), stop, false), commit.Done)
		if holder := s.rdb.Get(t.Context(), key).Val(); holder != latest {
			t.Errorf("whoever is not the holder ended it: %s", holder)
		}
		s.wants(commit.Submission{Entry: s.pending("me"), Request: "x", Final: true, Outputs: []commit.Output{{Ops: []commit.Op{commit.Round{Key: key, Holder: latest}}}}}, commit.Done)
		if holder, ttl := s.rdb.Get(t.Context(), key).Val(), s.rdb.TTL(t.Context(), key).Val(); holder == latest || ttl <= 0 {
			t.Errorf("the holder's end left %s for %v", holder, ttl)
		}
		s.count("a", 8)
		s.nothingPending()
	})
}
