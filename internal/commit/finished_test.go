package commit_test

import (
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// TestFinishedEntriesGoAndNoOthers: what a call has finished is taken off the stream, and whatever else stands there stays.
func TestFinishedEntriesGoAndNoOthers(t *testing.T) {
	t.Parallel()
	const n = 40
	read := func(s *site, consumer string, count int) {
		s.t.Helper()
		if count == 0 {
			return
		}
		err := s.rdb.XReadGroup(s.t.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: consumer, Streams: []string{s.stream, ">"}, Count: int64(count)}).Err()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		// before entries are never handed out; read says how n+after entries come to consumers.
		before, after int
		read          func(s *site)
		// stay are the numbers of those of the n that must stay.
		stay []int
	}{
		{"all", 0, 0, func(s *site) { read(s, "me", n) }, nil},
		{"more were read", 0, 3, func(s *site) { read(s, "me", n+3) }, nil},
		{"more wait", 0, 3, func(s *site) { read(s, "me", n) }, nil},
		{"some were passed over", 2, 0, func(s *site) { read(s, "me", n) }, nil},
		{"a peer's is among them", 0, 0, func(s *site) { read(s, "me", 20); read(s, "peer", 1); read(s, "me", n-21) }, []int{20}},
		{"a peer's is the first", 0, 0, func(s *site) { read(s, "peer", 1); read(s, "me", n-1) }, []int{0}},
		{"a peer's is the last", 0, 0, func(s *site) { read(s, "me", n-1); read(s, "peer", 1) }, []int{n - 1}},
		{"the group was made anew", 0, 0, func(s *site) {
			read(s, "me", n)
			s.rdb.XGroupDestroy(s.t.Context(), s.stream, "g")
			s.rdb.XGroupCreate(s.t.Context(), s.stream, "g", "0")
			read(s, "me", n-2)
		}, []int{n - 2, n - 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, s *site) {
				t.Helper()
				add := func(n int) (ids []string) {
					for range n {
						ids = append(ids, s.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: s.stream, Values: []string{"payload", "x"}}).Val())
					}
					return ids
				}
				want := add(c.before)
				if c.before > 0 {
					s.rdb.XGroupDestroy(t.Context(), s.stream, "g")
					s.rdb.XGroupCreate(t.Context(), s.stream, "g", want[len(want)-1])
				}
				ids := add(n)
				for _, i := range c.stay {
					want = append(want, ids[i])
				}
				want = append(want, add(c.after)...)
				c.read(s)
				ends := make([]commit.Submission, n)
				for i, id := range ids {
					ends[i] = commit.Submission{Entry: id, Request: id, Final: true, Fresh: true, Outputs: []commit.Output{{Ops: s.output("a").Ops}}}
				}
				for _, a := range s.together(ends) {
					if a.err != nil {
						t.Error(a.err)
					}
				}
				var left []string
				for _, m := range s.rdb.XRange(t.Context(), s.stream, "-", "+").Val() {
					left = append(left, m.ID)
				}
				if !slices.Equal(left, want) {
					t.Errorf("left are %v, want %v", left, want)
				}
				s.count("a", int64(n-len(c.stay)))
			})
		})
	}
}
