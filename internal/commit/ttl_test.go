package commit_test

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// TestStreamsEnd: a stream is kept for as long as its last output says, whether that is progress, the end of its request in one piece, or guarded;
// an output that says nothing leaves the time as it is.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		kept := func(to string, ttl int64, names ...string) commit.Output {
			fields := []string{"payload", to}
			for _, name := range names {
				fields = append(fields, name, "x")
			}
			return commit.Output{Key: to, Note: "ok", Ops: []commit.Op{commit.Append{Stream: s.out(to), TTL: ttl, Fields: fields}}}
		}
		lasts := func(to string, want time.Duration) {
			t.Helper()
			if ttl := s.rdb.TTL(t.Context(), s.out(to)).Val(); ttl > want || ttl < want-10*time.Second {
				t.Errorf("%s lasts %v, want %v", to, ttl, want)
			}
		}
		entry := s.pending("me")
		s.wants(commit.Submission{Entry: entry, Request: entry, Outputs: []commit.Output{kept("a", 60)}}, commit.Done)
		lasts("a", time.Minute)
		s.wants(commit.Submission{Entry: entry, Request: entry, Final: true, Outputs: []commit.Output{kept("a", 60), kept("b", 120, "a name")}}, commit.Done)
		s.count("a", 1)
		s.count("b", 1)
		lasts("b", 2*time.Minute)

		single := s.pending("me")
		s.wants(commit.Submission{Entry: single, Request: single, Final: true, Fresh: true, Outputs: []commit.Output{kept("a", 300)}}, commit.Done)
		s.count("a", 2)
		lasts("a", 5*time.Minute)

		silent := s.pending("me")
		s.wants(commit.Submission{Entry: silent, Request: silent, Final: true, Fresh: true, Outputs: []commit.Output{kept("a", 0)}}, commit.Done)
		s.count("a", 3)
		lasts("a", 5*time.Minute)

		for range 2 {
			once := s.pending("me")
			out := kept("c", 60)
			out.Unless = &commit.Unless{Keys: []string{s.stream + ":said"}, Value: "v", TTL: time.Minute, Else: kept("d", 90).Ops}
			s.wants(commit.Submission{Entry: once, Request: once, Final: true, Fresh: true, Outputs: []commit.Output{out, kept("e", 60)}}, commit.Done)
			lasts("c", time.Minute)
		}
		s.count("c", 1)
		s.count("d", 1)
		s.count("e", 2)
		lasts("d", 90*time.Second)
		s.nothingPending()
	})
}
