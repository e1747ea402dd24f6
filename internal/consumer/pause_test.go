package consumer_test

import (
	"bytes"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// mentions counts the lines of a log that have a text.
type mentions struct {
	of string
	n  atomic.Int64
}

func (m *mentions) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(m.of)) {
		m.n.Add(1)
	}
	return len(line), nil
}

// TestAPauseHoldsForAllConsumers: those that run stop reading, one that starts does not begin, and all of it is served afterwards.
func TestAPauseHoldsForAllConsumers(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		names := commit.NamesOf(s.stream)
		paused := &mentions{of: "reading is paused"}
		slots := 0
		for _, name := range []string{"a", "b"} {
			o := s.options(name)
			o.Log = slog.New(slog.NewTextHandler(paused, nil))
			slots += o.Slots
			s.start(o)
		}
		s.add(1)
		s.settled()
		if err := commit.Pause(t.Context(), s.rdb, names, "ann", "maintenance", 0); err != nil {
			t.Fatal(err)
		}
		beats := func() map[string]string { return s.rdb.HGetAll(t.Context(), names.Consumers).Val() }
		s.until("both have noticed", func() bool { return paused.n.Load() == 2 })
		// A read that had begun by then still takes what its consumer has places for.
		total := 1 + len(s.add(20+slots))
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
