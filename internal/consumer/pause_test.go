package consumer_test

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// TestAPauseHoldsForAllConsumers: those that run stop reading, one that starts does not begin, and all of it is served afterwards.
func TestAPauseHoldsForAllConsumers(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		names := commit.NamesOf(s.stream)
		s.start(s.options("a"))
		s.start(s.options("b"))
		s.add(1)
		s.settled()
		if err := commit.Pause(t.Context(), s.rdb, names, "ann", "maintenance", 0); err != nil {
			t.Fatal(err)
		}
		beats := func() map[string]string { return s.rdb.HGetAll(t.Context(), names.Consumers).Val() }
		total := 1
		// What two consumers do not pause for is gone within milliseconds: it does not add up.
		s.until("entries wait and nobody takes them", func() bool {
			s.add(1)
			total++
			return s.len(s.stream) >= 20 && s.rdb.XPending(t.Context(), s.stream, "g").Val().Count == 0
		})
		s.start(s.options("c"))
		s.until("the third one is there", func() bool { return beats()["c"] != "" })
		before := beats()
		s.until("all have beaten again", func() bool {
			now := beats()
			return now["a"] != before["a"] && now["b"] != before["b"] && now["c"] != before["c"]
		})
		if waits := s.len(s.stream); waits < 20 {
			t.Errorf("%d entries wait", waits)
		}
		if p, err := commit.PausedBy(t.Context(), s.rdb, names); err != nil || p == nil || p.By != "ann" || p.Why != "maintenance" || p.Until != nil {
			t.Errorf("paused by %+v, %v", p, err)
		}
		if err := commit.Resume(t.Context(), s.rdb, names); err != nil {
			t.Fatal(err)
		}
		s.settled()
		if got := s.len(s.h.out); got != int64(total) {
			t.Errorf("%d of %d entries were served", got, total)
		}
		if p, err := commit.PausedBy(t.Context(), s.rdb, names); err != nil || p != nil {
			t.Errorf("paused by %+v, %v", p, err)
		}
	})
}
