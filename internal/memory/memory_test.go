package memory

import (
	"runtime"
	"testing"
	"time"
)

// TestTune: a small heap grows to the floor before it is collected, a large one no more than it would anywhere.
func TestTune(t *testing.T) { //nolint:paralleltest // the collector is the whole process's
	t.Setenv("GOGC", "")
	Tune(Answers)
	next := func(fits func(live, goal uint64) bool) {
		t.Helper()
		var m runtime.MemStats
		for end := time.Now().Add(time.Minute); time.Now().Before(end); runtime.Gosched() {
			runtime.GC()
			if runtime.ReadMemStats(&m); fits(m.HeapAlloc, m.NextGC) {
				return
			}
		}
		t.Errorf("%d MB are in use, the next collection is at %d MB", m.HeapAlloc>>20, m.NextGC>>20)
	}
	next(func(live, goal uint64) bool { return live < 20<<20 && goal > 18<<20 && goal < 45<<20 })
	Reserve(50 << 20)
	next(func(live, goal uint64) bool { return live < 20<<20 && goal > 60<<20 && goal < 95<<20 })
	held := make([][]byte, 100)
	for i := range held {
		held[i] = make([]byte, 1<<20)
	}
	next(func(live, goal uint64) bool { return live > 100<<20 && goal < live*5/2 })
	Tune(Connections)
	next(func(live, goal uint64) bool { return live > 100<<20 && goal < live*3/2 })
	runtime.KeepAlive(held)
	Reserve(0)
	next(func(live, goal uint64) bool { return live < 20<<20 && goal > 18<<20 && goal < 45<<20 })
}
