package commit_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Any number of fields goes through a fold and back, the payload stays readable, and what others wrote under the name is left alone.
func TestFold(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 1000, 1001, 20_000} {
		var fields []string
		for i := range n {
			fields = append(fields, fmt.Sprintf("f%d\xff", i), fmt.Sprintf("v\x00%d", i))
		}
		fields = append(fields, "payload", "p", "payload", "second")
		folded := commit.Fold(fields)
		if len(folded) > 2*1001 {
			t.Errorf("%d fields are folded into %d values", n+2, len(folded))
		}
		if at := slices.Index(folded, "payload"); at < 0 || folded[at+1] != "p" {
			t.Errorf("%d fields: the payload is hidden", n+2)
		}
		back := commit.Unfold(folded)
		if !slices.Equal(pairs(back), pairs(fields)) {
			t.Errorf("%d fields come back as %d", n+2, len(back)/2)
		}
	}
	for _, text := range []string{"", "x", "\xff\xff", "\x01a", "\x7fa\x01b"} {
		if own := []string{"a", "b", commit.MoreField, text}; text != "" && !slices.Equal(commit.Unfold(own), own) {
			t.Errorf("%q is taken for folded fields", text)
		}
	}
}

// pairs are names and values in an order of their own.
func pairs(fields []string) (out []string) {
	for i := 0; i+1 < len(fields); i += 2 {
		out = append(out, fields[i]+"="+fields[i+1])
	}
	slices.Sort(out)
	return out
}

// A submission of thousands of outputs is written once, in one piece, whether its request ends or goes on.
func TestThousandsOfOutputs(t *testing.T) {
	t.Parallel()
	const most = 6000
	both(t, func(t *testing.T, s *site) {
		t.Helper()
		id := s.pending("me")
		sub := commit.Submission{Entry: id, Request: id}
		for i := range most {
			o := s.output("w")
			o.Key = fmt.Sprint("w", i)
			sub.Outputs = append(sub.Outputs, o)
		}
		s.wants(sub, commit.Done)
		sub.Final, sub.Marked = true, true
		s.wants(sub, commit.Done)
		s.count("w", most)
		s.nothingPending()
	})
}
