package commit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

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
