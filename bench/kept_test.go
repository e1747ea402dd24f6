package bench

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
)

// BenchmarkKept has the page of BenchmarkPage with days that are kept: a range never asked before, the same a day later, two days later at once and after upkeep, and that once more; against the
// same queries by hand, all in one run. The ratios are ours to theirs.
func BenchmarkKept(b *testing.B) {
	path, err := filepath.Abs(flightsPath(b))
	if err != nil {
		b.Fatal(err)
	}
	memory := days.NewMemory(64 << 20)
	upkeep := days.NewUpkeep(20*time.Millisecond, 0)
	defer upkeep.Close()
	of, with := days.Origin{Scope: "flights"}, days.Options{Store: emptied{&memory}, Upkeep: upkeep, Now: time.Now}
	ours := newPageOver(b, filepath.Dir(path), func(s source.Source) source.Source {
		return days.New(s, of, with)
	}, days.NewAnswers(map[string]days.Origin{"flights": of}, with))
	theirs := newByHand(b, path)
	start := time.Date(2001, 2, 2, 0, 0, 0, 0, time.UTC)
	ours.run(b, start) // the import, once
	times, used := make(map[string][]float64), make(map[string][]float64)
	ms := func(of string, f func()) {
		begin, before := time.Now(), cpu(b)
		f()
		times[of] = append(times[of], time.Since(begin).Seconds()*1000)
		used[of] = append(used[of], (cpu(b)-before).Seconds()*1000)
	}
	for b.Loop() {
		for i := range 8 {
			from := start.AddDate(0, 0, i%4*34) // no range has a day in common with the one before
			page := func() { ours.run(b, from) }
			memory = days.NewMemory(64 << 20) // nothing is kept
			ms("new", page)
			upkeep.Wait()
			from = from.AddDate(0, 0, 1)
			ms("first-shift", page)
			if i%2 == 0 {
				ms("upkeep", upkeep.Wait)
			}
			from = from.AddDate(0, 0, 1)
			if i%2 == 0 {
				ms("later-shift", page)
			} else {
				ms("shift-at-once", page)
			}
			upkeep.Wait()
			for range 3 {
				ms("again", page)
			}
			ms("by-hand", func() { theirs.run(b, from) })
		}
	}
	stats := memory.Stats()
	b.ReportMetric(float64(stats.Entries), "entries")
	b.ReportMetric(float64(stats.Bytes)/(1<<20), "kept-MB")
	b.ReportMetric(run.Median(times["by-hand"]), "by-hand-ms")
	b.ReportMetric(run.Median(times["again"]), "again-ms")
	b.ReportMetric(run.Median(used["upkeep"]), "upkeep-cpu-ms")
	b.ReportMetric(run.Median(used["by-hand"]), "by-hand-cpu-ms")
	for _, of := range []string{"new", "first-shift", "later-shift", "shift-at-once", "again"} {
		b.ReportMetric(run.Median(times[of])/run.Median(times["by-hand"]), of+"-ratio")
		b.ReportMetric(run.Median(used[of])/run.Median(used["by-hand"]), of+"-cpu-ratio")
	}
}

// emptied is a store that can be replaced by an empty one.
type emptied struct{ now **days.Memory }

func (s emptied) Spans(ctx context.Context, of days.Shape) []days.Span {
	return (*s.now).Spans(ctx, of)
}

func (s emptied) Get(ctx context.Context, key days.Key) (days.Entry, bool) {
	return (*s.now).Get(ctx, key)
}
func (s emptied) Put(ctx context.Context, key days.Key, e days.Entry) { (*s.now).Put(ctx, key, e) }
