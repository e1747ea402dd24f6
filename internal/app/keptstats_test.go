package app

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// What consumers keep is added up over them: memories are each one's, a folder that they share counts once, and what one said that has ended, or is silent, is left out.
func TestWhatConsumersKeepIsAddedUp(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t)})
	t.Cleanup(func() { _ = rdb.Close() })
	const input = "keptstats:requests"
	t.Cleanup(func() { rdb.Del(context.WithoutCancel(t.Context()), input+":kept") })
	board := func(consumer string, entries int) *keptBoard {
		c := &config.Config{}
		c.Stream.Input, c.Stream.Consumer, c.Dispatcher.KeepDir = input, consumer, "/kept"
		b := newKeptBoard(rdb, c, func() map[string]days.Usage {
			return map[string]days.Usage{"posts": {Entries: entries, Bytes: 10 * int64(entries), Evicted: 1}}
		}, func() []telemetry.Kept {
			return []telemetry.Kept{{Place: "memory", Entries: entries, Bytes: 10 * int64(entries), Budget: 1000, Hits: 3, Misses: 2}, {Place: "disk", Entries: 100 + entries, Bytes: 7, Budget: 9, Hits: 1, Misses: 4}}
		}, slog.New(slog.NewTextHandler(t.Output(), nil)))
		t.Cleanup(func() { _ = b.Close() })
		b.observe("posts", 7, 0)
		b.observe("posts", 6, 1)
		b.observe("calls", 0, 7)
		b.observe("rows", 0, 0)
		b.say(t.Context())
		return b
	}
	stats := func(at time.Time) *KeptStats {
		t.Helper()
		s, err := KeptDays(t.Context(), rdb, input, at)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Disk {
			s.Disk[i].Place = "folder" // it begins with the machine's name
		}
		return s
	}
	board("c1", 2)
	second := board("c2", 3)
	memory := func(consumer string, entries int) KeptPlace {
		return KeptPlace{Place: consumer, Entries: entries, Bytes: 10 * int64(entries), Budget: 1000, Hits: 3, Misses: 2}
	}
	want := &KeptStats{
		Datasets: map[string]KeptDataset{"posts": {Entries: 5, Bytes: 50, Evicted: 2, Hits: 2, Merged: 2, Days: 26, Computed: 2}, "calls": {Misses: 2, Computed: 14}, "rows": {}},
		Memory:   []KeptPlace{memory("c1", 2), memory("c2", 3)},
		Disk:     []KeptPlace{{Place: "folder", Entries: 103, Bytes: 7, Budget: 9, Hits: 2, Misses: 8}},
	}
	testenv.Eventually(t, time.Minute, "both are added up", func() (bool, string) { // what is not written in time is said again
		diff := cmp.Diff(want, stats(time.Now()))
		return diff == "", diff
	})
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if got := stats(time.Now()); len(got.Memory) != 1 || got.Disk[0].Entries != 102 {
		t.Errorf("after one has ended: %+v", got)
	}
	if got := stats(time.Now().Add(2 * boardHolds)); len(got.Memory)+len(got.Datasets) != 0 {
		t.Errorf("of those who are silent: %+v", got)
	}
}
