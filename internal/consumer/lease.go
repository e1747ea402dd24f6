package consumer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// lease is the context of the work on one entry: it has the values of its parent, which never ends, and ends with the time that the entry has, or when it is
// canceled. Most entries are through without anybody waiting for that, so that the timer begins with the first that does.
type lease struct {
	context.Context //nolint:containedctx // the parent

	mu  sync.Mutex
	end time.Time // zero is never
	// err is why it ended, while nobody waits for that.
	err error
	// timed is what is waited for, once it is, and stop ends it.
	timed context.Context //nolint:containedctx // the context that this one stands for
	stop  context.CancelFunc
}

var _ context.Context = (*lease)(nil)

// Deadline is when the time is over.
func (l *lease) Deadline() (time.Time, bool) { return l.end, !l.end.IsZero() }

// Done begins the timer.
func (l *lease) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timed == nil {
		if l.look(); l.end.IsZero() || errors.Is(l.err, context.Canceled) {
			l.timed, l.stop = context.WithCancel(l.Context)
		} else {
			l.timed, l.stop = context.WithDeadline(l.Context, l.end)
		}
		if l.err != nil {
			l.stop()
		}
	}
	return l.timed.Done()
}

// Err says why it ended, or nil.
func (l *lease) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timed != nil {
		return l.timed.Err()
	}
	l.look()
	return l.err
}

// look notes that the time is over. It is called with the lock.
func (l *lease) look() {
	if l.err == nil && !l.end.IsZero() && !time.Now().Before(l.end) {
		l.err = context.DeadlineExceeded
	}
}

// Value is the parent's. Contexts that are made of this one find by it what they wait for.
func (l *lease) Value(key any) any {
	l.mu.Lock()
	timed := l.timed
	l.mu.Unlock()
	if timed != nil {
		return timed.Value(key)
	}
	return l.Context.Value(key)
}

// cancel ends it, and what it says from then on is which came first.
func (l *lease) cancel() {
	l.mu.Lock()
	l.look()
	l.mu.Unlock()
	l.release()
}

// release ends it once the work is over: nobody asks any more whether its time was over before.
func (l *lease) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = context.Canceled
	}
	if l.stop != nil {
		l.stop()
	}
}
