package deadletter

import (
	"context"
	"time"
)

// Pick names the dead letters that somebody wants to change: those of the ids, or where there are none those that the filter matches.
type Pick struct {
	IDs    []string
	Filter Filter
}

// Picked calls visit for every dead letter that is picked and was there when it began: what is replayed may come back at once.
func (s *Store) Picked(ctx context.Context, p Pick, visit func(*Stored) error) error {
	for _, id := range p.IDs {
		letter, err := s.Get(ctx, id)
		if err == nil {
			err = visit(letter)
		}
		if err != nil {
			return err
		}
	}
	if len(p.IDs) > 0 {
		return nil
	}
	if p.Filter.Until.IsZero() {
		p.Filter.Until = time.Now()
	}
	return s.Each(ctx, p.Filter, func(letter *Stored) (bool, error) { return true, visit(letter) })
}

// ReplayPicked replays what is picked, at most so many a second, and calls told with each letter and the entry that it has become.
func (s *Store) ReplayPicked(ctx context.Context, p Pick, perSecond float64, told func(letter *Stored, entry string) error) error {
	pace := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer pace.Stop()
	return s.Picked(ctx, p, func(letter *Stored) error {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		entry, err := s.Replay(ctx, letter)
		if err != nil {
			return err
		}
		return told(letter, entry)
	})
}
