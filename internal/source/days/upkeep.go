package days

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/idle"
)

const (
	// mostMerged is of how many pieces a range is made before upkeep asks for it anew.
	mostMerged = 10
	// mostUpkeep bounds what is waiting to be divided anew.
	mostUpkeep = 256
	// share is how long upkeep rests after a step that did not wait for quiet, in times of that step, and leastRest how long at least.
	share     = 9
	leastRest = 100 * time.Millisecond
)

// Upkeep divides days anew that are kept together, so that a range that moves on once more finds all of its days but the new ones. It asks the store for them step by step, one
// query at a time, when no answer is being made, and gives way to one that begins: what it was at is done later. What has waited too long for such a moment is done beside the answers, a step
// at a time, in at most a tenth of the time. Without it the next range is right as well, and is computed anew.
type Upkeep struct {
	answers *idle.Watch // that are being made
	latest  time.Duration
	ctx     context.Context //nolint:containedctx // the life of the goroutine, which Close ends
	cancel  context.CancelFunc

	mu      sync.Mutex
	waiting []upkeep
	known   map[Key]bool // of those that wait, and of the one that is being divided
	running bool
	idle    sync.Cond // running has ended
}

// NewUpkeep begins upkeep after a quiet of so long without an answer being made, at the latest so long after it was found necessary; 0 is however long it takes.
func NewUpkeep(quiet, latest time.Duration) *Upkeep {
	u := &Upkeep{answers: idle.New(quiet), latest: latest, known: make(map[Key]bool)}
	u.ctx, u.cancel = context.WithCancel(context.Background())
	u.idle.L = &u.mu
	return u
}

// begin stands before each answer, and what it returns behind it.
func (u *Upkeep) begin() (end func()) {
	if u == nil {
		return func() {}
	}
	made := u.answers.Begin()
	return func() {
		made()
		u.mu.Lock()
		defer u.mu.Unlock()
		if len(u.waiting) > 0 && !u.running && u.ctx.Err() == nil {
			u.running = true
			go u.run()
		}
	}
}

// look has the days of a query divided anew where a range that moves on would not find them.
func (u *Upkeep) look(m *merging, pieces []piece) {
	if u == nil || m.shape.step != whole || m.days.days() <= splitAlone {
		return
	}
	first, few := pieces[0], len(pieces) <= mostMerged
	if few && first.to-first.from == 1 {
		return
	}
	again := m.source.again(m.shape)
	next := upkeep{source: m.source, shape: m.shape, days: m.days, since: time.Now()}
	switch {
	case few && m.subtracts:
		alone := 1
		if again {
			alone = splitAlone
		}
		next.days, next.subtracts = m.days[first.from:first.to+1], true
		next.steps = [][]block{split(next.days, alone)}
	case m.keep.Later || again:
		next.steps = steps(m.days)
	default:
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if key := next.shape.keyOf(next.days); len(u.waiting) < mostUpkeep && !u.known[key] {
		u.known[key] = true
		u.waiting = append(u.waiting, next)
	}
}

// run divides what waits, and ends when nothing does.
func (u *Upkeep) run() {
	var rested time.Time // from then on a step may be done beside answers
	for next := u.next(); next != nil; next = u.next() {
		ctx, done, err := u.answers.Wait(u.ctx, u.patience(next, rested))
		busy := errors.Is(err, idle.ErrBusy)
		switch {
		case busy:
			ctx, done = u.ctx, func() {}
		case err != nil:
			continue // it is closed, and there is no next one
		}
		begin := time.Now()
		more := next.step(ctx)
		done()
		if busy {
			rested = time.Now().Add(max(leastRest, share*time.Since(begin)))
		}
		u.ended(next, more)
	}
}

// patience is how long to wait for a quiet moment; 0 is for ever.
func (u *Upkeep) patience(of *upkeep, rested time.Time) time.Duration {
	if u.latest == 0 {
		return 0
	}
	due := of.since.Add(u.latest)
	if due.Before(rested) {
		due = rested
	}
	return max(1, time.Until(due))
}

// next returns what to divide; nil where nothing is left, and running has ended.
func (u *Upkeep) next() *upkeep {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.waiting) == 0 || u.ctx.Err() != nil {
		u.running = false
		u.idle.Broadcast()
		return nil
	}
	first := u.waiting[0]
	u.waiting = u.waiting[1:]
	return &first
}

// ended has that of which more is to be done wait once more, behind the others.
func (u *Upkeep) ended(of *upkeep, more bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if more {
		u.waiting = append(u.waiting, *of)
		return
	}
	delete(u.known, of.shape.keyOf(of.days))
}

// Wait returns when nothing is left to be done.
func (u *Upkeep) Wait() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.running {
		u.idle.Wait()
	}
}

// Close ends upkeep, and waits for it.
func (u *Upkeep) Close() error {
	u.cancel()
	u.Wait()
	return nil
}
