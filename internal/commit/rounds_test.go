package commit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

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
