package commit_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// TestUnless: of requests that mean to say the same, one says it, whatever their order and number; what it sets lasts as long as it says,
// and a write that fails sets nothing.
func TestUnless(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		key := func(name string) string { return s.stream + ":" + name }
		once := func(to string, keys ...string) commit.Output {
			out := s.output(to)
			out.Ops = append(out.Ops, s.output("second").Ops...)
			out.Unless = &commit.Unless{Keys: keys, Value: "v", TTL: time.Minute, Else: s.output("else").Ops}
			return out
		}
		final := func(outputs ...commit.Output) commit.Submission {
			entry := s.pending("me")
			return commit.Submission{Entry: entry, Request: entry, Final: true, Fresh: true, Outputs: outputs}
		}
		var askers sync.WaitGroup
		for range 8 {
			sub := final(once("said", key("a"), key("b")), s.output("after"))
			askers.Go(func() {
				if a := s.submit(sub); a.status != commit.Done || a.err != nil {
					t.Errorf("%v, %v", a.status, a.err)
				}
			})
		}
		askers.Wait()
		s.count("said", 1)
		s.count("second", 1)
		s.count("else", 7)
		s.count("after", 8)
		for _, name := range []string{"a", "b"} {
			if v, ttl := s.rdb.Get(t.Context(), key(name)).Val(), s.rdb.PTTL(t.Context(), key(name)).Val(); v != "v" || ttl <= 50*time.Second || ttl > time.Minute {
				t.Errorf("%s is %q for %v", name, v, ttl)
			}
		}
		// One key of several is enough to keep all silent, and sets no other.
		s.wants(final(once("third", key("c"), key("b"))), commit.Done)
		s.count("third", 0)
		if n := s.rdb.Exists(t.Context(), key("c")).Val(); n != 0 {
			t.Error("what was not said is remembered")
		}
		// Without anything in its place nothing is written, and the request is finished all the same.
		quiet := once("fourth", key("a"))
		quiet.Unless.Else = nil
		s.wants(final(quiet), commit.Done)
		s.count("fourth", 0)
		// A write that cannot be made leaves no key behind: the alert is not lost by a failure.
		if err := s.rdb.Set(t.Context(), s.out("broken"), "a text", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if a := s.submit(final(once("broken", key("d")))); a.err == nil {
			t.Errorf("a stream that is a text was written: %v", a.status)
		}
		if n := s.rdb.Exists(t.Context(), key("d")).Val(); n != 0 {
			t.Error("what could not be said is remembered")
		}
		s.count("else", 8)
	})
}

// TestUnlessOfProgress: what is sent as progress is in the ledger, so that a second try neither says it again nor takes its own key for another's.
func TestUnlessOfProgress(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		entry := s.pending("me")
		out := s.output("said")
		out.Unless = &commit.Unless{Keys: []string{s.stream + ":k"}, Value: "v", TTL: time.Minute, Else: s.output("else").Ops}
		for i := range 3 {
			s.wants(commit.Submission{Entry: entry, Request: entry, Outputs: []commit.Output{out}}, commit.Done)
			s.count("said", 1)
			s.count("else", 0)
			if t.Failed() {
				t.Fatal(fmt.Sprint("at try ", i))
			}
		}
		s.wants(commit.Submission{Entry: entry, Request: entry, Final: true, Outputs: []commit.Output{out, s.output("end")}}, commit.Done)
		s.count("said", 1)
		s.count("end", 1)
	})
}
