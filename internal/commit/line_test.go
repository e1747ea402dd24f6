package commit_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// TestEntriesOfAKeyAreOnTheStreamOneAtATime: others wait behind it in their order, whatever they hold, and only the end of its own turn lets the next one on.
func TestEntriesOfAKeyAreOnTheStreamOneAtATime(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		box := s.stream + ":box"
		names := commit.NamesOf(box)
		queue := func(key, payload string) commit.Op {
			return commit.Queue{Stream: box, Key: key, Fields: []string{"payload", payload, "odd name", payload}}
		}
		answers := func(ops ...commit.Op) {
			t.Helper()
			s.wants(commit.Submission{Entry: s.pending("me"), Request: "r", Outputs: []commit.Output{{Ops: ops}}, Final: true}, commit.Done)
		}
		on := func() (list []string, last string) {
			for _, e := range s.rdb.XRange(t.Context(), box, "-", "+").Val() {
				if e.Values["odd name"] != e.Values["payload"] {
					t.Errorf("entry %v", e)
				}
				list, last = append(list, fmt.Sprint(e.Values["payload"])), e.ID
			}
			return list, last
		}
		wants := func(waiting string, want ...string) (last string) {
			t.Helper()
			got, last := on()
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if n := s.rdb.HGet(t.Context(), names.Waiting, commit.WaitingField).Val(); n != waiting {
				t.Errorf("%s wait, want %s", n, waiting)
			}
			return last
		}
		answers(queue("a", "a1"), queue("a", "a2"), queue("b", "b1"))
		answers(queue("a", "a3"))
		turn := s.rdb.HGet(t.Context(), names.Turns, "a").Val()
		wants("2", "a1", "b1")
		answers(commit.Pass{Stream: box, Key: "a", Turn: "0-1"}, commit.Pass{Stream: box, Key: "c", Turn: turn})
		wants("2", "a1", "b1")
		answers(commit.Pass{Stream: box, Key: "a", Turn: turn})
		second := wants("1", "a1", "b1", "a2")
		answers(commit.Pass{Stream: box, Key: "a", Turn: turn}) // a second time
		wants("1", "a1", "b1", "a2")
		answers(commit.Pass{Stream: box, Key: "a", Turn: second})
		third := wants("0", "a1", "b1", "a2", "a3")
		if n := s.rdb.Exists(t.Context(), names.Line("a")).Val(); n != 0 {
			t.Error("an empty line is left")
		}
		answers(commit.Pass{Stream: box, Key: "a", Turn: third})
		if left := s.rdb.HGetAll(t.Context(), names.Turns).Val(); len(left) != 1 || left["b"] == "" {
			t.Errorf("turns are left: %v", left)
		}
		answers(queue("a", "a4"))
		wants("0", "a1", "b1", "a2", "a3", "a4")
	})
}
