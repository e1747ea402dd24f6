// Package idle has what nobody waits for run while nothing runs that somebody waits for: it begins after a while of quiet, one at a time, and gives way at once when something begins.
package idle

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrOver is the cause of a context that ended because something began that somebody waits for.
var ErrOver = errors.New("idle: something has begun that somebody waits for")

// Watch knows whether something runs that somebody waits for. It is used from many goroutines; a nil one takes note of nothing.
type Watch struct {
	quiet time.Duration

	mu      sync.Mutex
	running int
	latest  time.Time // the end of the last one
	// changed is closed when something ends, so that those who wait look again; one runs in the background while cancel is set.
	changed chan struct{}
	cancel  context.CancelCauseFunc
}

// New returns a watch that lets something run in the background after so long a quiet.
func New(quiet time.Duration) *Watch {
	return &Watch{quiet: quiet, changed: make(chan struct{})}
}

// Begin notes that something begins that somebody waits for, and ends what runs in the background. The caller calls end, once.
func (w *Watch) Begin() (end func()) {
	if w == nil {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running++
	if w.cancel != nil {
		w.cancel(ErrOver)
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.running--
		w.latest = time.Now()
		w.tell()
	}
}

// ErrBusy says that there was no quiet moment.
var ErrBusy = errors.New("idle: something ran all the time that somebody waits for")

// Wait returns when nothing has run for a while, nor anything else in the background: with a context that ends, for the cause ErrOver, when something begins. The caller calls done when it has ended what it does.
// The error is that of ctx, or ErrBusy after so long; 0 is no bound.
func (w *Watch) Wait(ctx context.Context, within time.Duration) (idle context.Context, done func(), err error) {
	if w == nil {
		return ctx, func() {}, nil
	}
	var late <-chan time.Time
	if within > 0 {
		timer := time.NewTimer(within)
		defer timer.Stop()
		late = timer.C
	}
	for {
		idle, changed, left := w.take(ctx)
		if idle != nil {
			return idle, w.done, nil
		}
		if err := pause(ctx, changed, left, late); err != nil {
			return nil, nil, err
		}
	}
}

// pause waits until something has changed, and for as long as is left of the quiet where that is known.
func pause(ctx context.Context, changed <-chan struct{}, left time.Duration, late <-chan time.Time) error {
	var quiet <-chan time.Time
	if left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		quiet = timer.C
	}
	select {
	case <-changed:
	case <-quiet:
	case <-late:
		return ErrBusy
	case <-ctx.Done():
	}
	return context.Cause(ctx)
}

// take has the caller run in the background, or says what to wait for: a change, and for how long, where quiet is all that is missing.
func (w *Watch) take(ctx context.Context) (idle context.Context, changed <-chan struct{}, left time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running > 0 || w.cancel != nil {
		return nil, w.changed, 0
	}
	if left = w.quiet - time.Since(w.latest); left > 0 {
		return nil, w.changed, left
	}
	idle, w.cancel = context.WithCancelCause(ctx)
	return idle, nil, 0
}

func (w *Watch) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel(nil)
	w.cancel = nil
	w.tell()
}

// tell has those who wait look again. The caller holds w.mu.
func (w *Watch) tell() {
	close(w.changed)
	w.changed = make(chan struct{})
}
