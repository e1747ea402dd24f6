package consumer

import "sync"

// workers run the entries that are handed to them, each entry in a goroutine by itself. There are as many as there are entries that wait for something, and
// one more: the next one begins when an entry is waiting and none has just been called, and the one that came to rest last is called
// first, so that a few whose stacks and caches are warm do the work which never waits.
type workers struct {
	run func(*holding)

	mu      sync.Mutex
	queue   []*holding // from head on
	head    int
	resting []chan struct{}
	// called says that a worker is on its way to the queue.
	called bool
	closed bool
	all    sync.WaitGroup
}

// add queues entries. Whoever adds bounds how many there are at a time.
func (w *workers) add(list ...*holding) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.head == len(w.queue) {
		clear(w.queue)
		w.queue, w.head = w.queue[:0], 0
	}
	w.queue = append(w.queue, list...)
	w.call()
}

// call gets one more worker to the queue, where one is needed. It is called with the lock.
func (w *workers) call() {
	if w.called || w.head == len(w.queue) {
		return
	}
	w.called = true
	if last := len(w.resting) - 1; last >= 0 {
		w.resting[last] <- struct{}{} // has room for it
		w.resting = w.resting[:last]
		return
	}
	w.all.Go(w.work)
}

func (w *workers) work() {
	rest := make(chan struct{}, 1)
	w.mu.Lock()
	w.called = false
	for {
		for w.head < len(w.queue) {
			h := w.queue[w.head]
			w.head++
			w.call()
			w.mu.Unlock()
			w.run(h)
			w.mu.Lock()
		}
		if w.closed {
			w.mu.Unlock()
			return
		}
		w.resting = append(w.resting, rest)
		w.mu.Unlock()
		if _, ok := <-rest; !ok {
			return
		}
		w.mu.Lock()
		w.called = false
	}
}

// close has the workers end when the queue is empty. Nothing is added any more.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, rest := range w.resting {
		close(rest)
	}
	w.resting = nil
}
