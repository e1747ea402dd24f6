package days

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/idle"
)

const (
	// splitAlone is how many days upkeep keeps alone at the beginning of a range: it moves on as often before they have to be divided again.
	splitAlone = 3
	// mostMerged is of how many pieces a range is made before upkeep asks for it anew.
	mostMerged = 10
	// mostUpkeep bounds what is waiting to be divided anew, upkeepTime the time of one.
	mostUpkeep = 256
	upkeepTime = time.Minute
)

// Upkeep divides days anew that are kept together, so that a range that moves on once more finds all of its days but the new ones. It asks the store for them, one
// query at a time, when no answer is being made, and gives way to one that begins: what it was at is done later. Without it the next range is right as well, and is computed anew.
type Upkeep struct {
	answers *idle.Watch     // that are being made
	ctx     context.Context //nolint:containedctx // the life of the goroutine, which Close ends
	cancel  context.CancelFunc

	mu      sync.Mutex
	waiting []upkeep
	known   map[Key]bool // of those that wait, and of the one that is being divided
	running bool
	idle    sync.Cond // running has ended
}

// upkeep is one shape over some days.
type upkeep struct {
	source *Source
	shape  *shape
	days   block
}

// NewUpkeep begins upkeep after so long without an answer being made.
func NewUpkeep(quiet time.Duration) *Upkeep {
	u := &Upkeep{answers: idle.New(quiet), known: make(map[Key]bool)}
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
	if u == nil || m.shape.step != whole || m.days.days() <= splitAlone || !m.source.again(m.shape) {
		return
	}
	if p := pieces[0]; len(pieces) <= mostMerged && p.to-p.from == 1 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	key := m.shape.keyOf(m.days)
	if len(u.waiting) < mostUpkeep && !u.known[key] {
		u.known[key] = true
		u.waiting = append(u.waiting, upkeep{source: m.source, shape: m.shape, days: m.days})
	}
}

// run divides what waits, and ends when nothing does.
func (u *Upkeep) run() {
	for next := u.next(); next != nil; next = u.next() {
		ctx, done, err := u.answers.Wait(u.ctx, 0)
		if err != nil {
			continue // it is closed, and there is no next one
		}
		next.divide(ctx)
		gaveWay := errors.Is(context.Cause(ctx), idle.ErrOver)
		done()
		u.ended(next, gaveWay)
	}
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

// ended has what gave way wait once more, behind the others.
func (u *Upkeep) ended(of *upkeep, gaveWay bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if gaveWay {
		u.waiting = append(u.waiting, *of)
		return
	}
	delete(u.known, of.shape.keyOf(of.days))
}

// divide asks for the first days of a range one by one and for the others together, all at one moment, and keeps them. What fails is asked for when it is needed.
func (u *upkeep) divide(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, upkeepTime)
	defer cancel()
	var panicked error // the next range is computed anew
	defer fault.Recovered("days", &panicked)
	blocks := split(u.days, splitAlone)
	entries, err := u.source.begin(ctx, u.shape, blocks)
	if err != nil {
		return
	}
	r, err := u.source.Source.Query(ctx, u.shape.over(blocks))
	if err != nil || r.Truncated {
		return
	}
	_ = u.source.put(ctx, u.shape, entries, r.Frame)
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
