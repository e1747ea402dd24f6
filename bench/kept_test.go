package bench

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
)

// BenchmarkKept has the page of BenchmarkPage with days that are kept: a range never asked before, the same a day later, a day later again, and that once more; against the same queries by
// hand, all in one run. The ratios are ours to theirs.
func BenchmarkKept(b *testing.B) {
	path, err := filepath.Abs(flightsPath(b))
	if err != nil {
		b.Fatal(err)
	}
	memory := days.NewMemory(64 << 20)
	ours := newPageOver(b, filepath.Dir(path), func(s source.Source) source.Source {
		return days.New(s, "flights", emptied{&memory}, time.Now)
	}, days.NewAnswers(emptied{&memory}, map[string]string{"flights": "flights"}, time.Now))
	theirs := newByHand(b, path)
	start := time.Date(2001, 2, 2, 0, 0, 0, 0, time.UTC)
	ours.run(b, start) // the import, once
	var first, second, shifted, again, byHand []float64
	ms := func(f func()) float64 {
		begin := time.Now()
		f()
		return time.Since(begin).Seconds() * 1000
	}
	for b.Loop() {
		for i := range 8 {
			from := start.AddDate(0, 0, i%4*34) // no range has a day in common with the one before
			memory = days.NewMemory(64 << 20)   // nothing is kept
			first = append(first, ms(func() { ours.run(b, from) }))
			from = from.AddDate(0, 0, 1)
			second = append(second, ms(func() { ours.run(b, from) }))
			from = from.AddDate(0, 0, 1)
			shifted = append(shifted, ms(func() { ours.run(b, from) }))
			for range 3 {
				again = append(again, ms(func() { ours.run(b, from) }))
			}
			byHand = append(byHand, ms(func() { theirs.run(b, from) }))
		}
	}
	entries, bytes := memory.Size()
	b.ReportMetric(float64(entries), "entries")
	b.ReportMetric(float64(bytes)/(1<<20), "kept-MB")
	b.ReportMetric(median(byHand), "by-hand-ms")
	b.ReportMetric(median(again), "again-ms")
	b.ReportMetric(median(first)/median(byHand), "new-ratio")
	b.ReportMetric(median(second)/median(byHand), "second-ratio")
	b.ReportMetric(median(shifted)/median(byHand), "shifted-ratio")
	b.ReportMetric(median(again)/median(byHand), "again-ratio")
}

// emptied is a store that can be replaced by an empty one.
type emptied struct{ now **days.Memory }

func (s emptied) Get(ctx context.Context, key days.Key) (days.Entry, bool) {
	return (*s.now).Get(ctx, key)
}
func (s emptied) Put(ctx context.Context, key days.Key, e days.Entry) { (*s.now).Put(ctx, key, e) }
