package consumer

import (
	"context"
	"sync/atomic"
	"time"
)

// places counts the entries that are held. The reader alone takes places; whoever is through with an entry frees its own.
type places struct {
	taken atomic.Int64
	// freed says that a place was freed since the reader looked last.
	freed chan struct{}
}

func newPlaces() places { return places{freed: make(chan struct{}, 1)} }

// take waits until fewer than most places are taken, and takes all up to most; 0 when ctx or the patience ended first. No patience waits for good,
// patience below zero not at all.
func (p *places) take(ctx context.Context, most int, patience time.Duration) (free int) {
	var late <-chan time.Time
	for ctx.Err() == nil {
		if free = most - int(p.taken.Load()); free > 0 {
			p.taken.Add(int64(free))
			return free
		}
		if patience < 0 {
			return 0
		}
		if patience > 0 && late == nil {
			t := time.NewTimer(patience)
			defer t.Stop()
			late = t.C
		}
		select {
		case <-p.freed:
		case <-late:
			return 0
		case <-ctx.Done():
		}
	}
	return 0
}

// beyond takes n places whether there are that many or not.
func (p *places) beyond(n int) { p.taken.Add(int64(n)) }

// back gives back what the reader took and has no use for: nobody else waits for it.
func (p *places) back(n int) { p.taken.Add(int64(-n)) }

// await waits until a place was freed, for a while at most.
func (p *places) await(ctx context.Context, most time.Duration) {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-p.freed:
	case <-t.C:
	case <-ctx.Done():
	}
}

// free gives n places back.
func (p *places) free(n int) {
	p.taken.Add(int64(-n))
	select {
	case p.freed <- struct{}{}:
	default:
	}
}
