package commit_test

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

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
