package consumer

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestWorkersRunBesideThoseThatWait: an entry that waits for something holds up no other one, and all come to their end.
func TestWorkersRunBesideThoseThatWait(t *testing.T) {
	t.Parallel()
	const n = 100
	var arrived sync.WaitGroup
	arrived.Add(n)
	release := make(chan struct{})
	w := workers{run: func(*holding) { arrived.Done(); <-release }}
	for range n / 2 {
		w.add(&holding{}, &holding{})
	}
	arrived.Wait() // each of them waits for release now
	w.close()
	close(release)
	w.all.Wait()
}

// TestWorkersRest: who has nothing to do is called again before another one is made, and entries begin in their order where none waits.
func TestWorkersRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var most, at, wrong atomic.Int64
		list := make([]*holding, 1000)
		number := map[*holding]int64{}
		for i := range list {
			list[i] = &holding{}
			number[list[i]] = int64(i)
		}
		w := workers{run: func(h *holding) {
			if number[h] != at.Load() {
				wrong.Add(1)
			}
			at.Add(1)
		}}
		for i := range list {
			w.add(list[i])
			synctest.Wait()
			w.mu.Lock()
			most.Store(max(most.Load(), int64(len(w.resting))))
			w.mu.Unlock()
		}
		w.close()
		w.all.Wait()
		if at.Load() != 1000 || wrong.Load() > 0 {
			t.Errorf("%d entries were run, %d of them out of their turn", at.Load(), wrong.Load())
		}
		if most.Load() != 1 {
			t.Errorf("%d workers were made for entries that came one by one", most.Load())
		}
	})
}
