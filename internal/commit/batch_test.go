package commit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// together commits submissions in one call, by a committer of its own, and returns their answers.
func (s *site) together(subs []commit.Submission) []answer {
	s.t.Helper()
	calls := 0
	c := commit.New(commit.Options{
		Redis: s.rdb, Names: commit.NamesOf(s.stream), Group: "g", Consumer: "me", Window: time.Hour, LedgerTTL: time.Hour,
		OnNoGroup: func(context.Context) error { return nil },
		Observe:   func(int, time.Duration, error) { calls++ },
	})
	waiters := make([]waiter, len(subs))
	for i, sub := range subs { // all are there before the first call
		waiters[i] = make(waiter, 1)
		if err := c.Submit(s.t.Context(), sub, waiters[i]); err != nil {
			s.t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(s.t.Context())
	ended := make(chan struct{})
	go func() { c.Run(ctx); close(ended) }()
	answers := make([]answer, len(subs))
	for i, w := range waiters {
		answers[i] = <-w
	}
	stop()
	<-ended
	if calls != 1 {
		s.t.Errorf("%d calls for one batch", calls)
	}
	return answers
}

// TestOneOfABatch: what is not written of a batch keeps nothing else of it from being written once, and leaves its output as it was.
func TestOneOfABatch(t *testing.T) {
	t.Parallel()
	const n, odd = 24, 10
	for _, c := range []struct {
		name string
		// spoil makes the odd submission one that is not written; it is answered with status, or with an error.
		spoil  func(s *site, sub *commit.Submission, out string)
		status commit.Status
		// onRedis alone: the embedded server's ids have no end.
		onRedis bool
	}{
		{name: "a peer has taken the entry over", status: commit.Fenced, spoil: func(s *site, sub *commit.Submission, _ string) {
			s.rdb.XClaimJustID(s.t.Context(), &redis.XClaimArgs{Stream: s.stream, Group: "g", Consumer: "peer", Messages: []string{sub.Entry}})
		}},
		{name: "a peer has finished the entry", status: commit.Fenced, spoil: func(s *site, sub *commit.Submission, _ string) {
			s.rdb.XAck(s.t.Context(), s.stream, "g", sub.Entry)
		}},
		{name: "the entry comes twice", status: commit.Fenced, spoil: func(s *site, sub *commit.Submission, _ string) {
			sub.Entry = s.rdb.XRange(s.t.Context(), s.stream, "-", "+").Val()[0].ID
		}},
		{name: "the request was finished before", status: commit.Duplicate, spoil: func(s *site, sub *commit.Submission, _ string) {
			s.wants(commit.Submission{Entry: s.pending("me"), Request: "r", Marked: true, Final: true, Fresh: true}, commit.Done)
			sub.Request, sub.Marked = "r", true
		}},
		{name: "the output is no stream", spoil: func(s *site, _ *commit.Submission, out string) {
			s.rdb.Set(s.t.Context(), out, "a text", 0)
		}},
		{name: "the output takes no more entries", onRedis: true, spoil: func(s *site, _ *commit.Submission, out string) {
			s.rdb.XAdd(s.t.Context(), &redis.XAddArgs{Stream: out, ID: "18446744073709551615-18446744073709551615", Values: []string{"the", "last"}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, s *site) {
				t.Helper()
				if c.onRedis && strings.HasSuffix(t.Name(), "miniredis") {
					return
				}
				subs := make([]commit.Submission, n)
				for i := range subs {
					id := s.pending("me")
					subs[i] = commit.Submission{Entry: id, Request: id, Final: true, Fresh: true, Outputs: []commit.Output{s.output(fmt.Sprint("o", i))}}
				}
				out := s.out(fmt.Sprint("o", odd))
				c.spoil(s, &subs[odd], out)
				before := s.rdb.Dump(t.Context(), out).Val()
				for i, a := range s.together(subs) {
					want := commit.Done
					if i == odd {
						want = c.status
					}
					if a.status != want || (a.err == nil) != (want != "") {
						t.Errorf("submission %d: %q, %v; want %q", i, a.status, a.err, want)
					}
					if i != odd {
						s.count(fmt.Sprint("o", i), 1)
					}
				}
				if after := s.rdb.Dump(t.Context(), out).Val(); after != before {
					t.Errorf("its output was %q and is %q", before, after)
				}
				if c.status == "" { // it can be answered otherwise
					if p := s.rdb.XPending(t.Context(), s.stream, "g").Val(); p.Count != 1 || p.Lower != subs[odd].Entry {
						t.Errorf("pending: %+v", p)
					}
				}
			})
		})
	}
}
