package days

import (
	"context"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
)

// subtracts says whether the first days of a shape are told apart from the others by themselves, and subtracted from all: so the answer is asked for as one, and nobody waits for its parts. The source has to tell
// in what state its rows are, of which what is kept and what is asked for later have to be the same: of a row that came in between one would know, and the other not. What only tells so now and then will not do.
func (s *Source) subtracts(ctx context.Context, of *shape, q *query.Query) bool {
	if s.Upkeep == nil || !s.Embedded || s.Versions == nil || of.keep.Changes != nil || of.step != whole || block(of.keep.Days).days() <= splitAlone || !rollup.Subtracts(of.query.Measures) {
		return false
	}
	state, err := s.Versions.Version(ctx, q)
	return err == nil && state != ""
}

// subtract asks for all blocks but the last one, of days that are kept together, and keeps them and what is left of all without them.
func (u *upkeep) subtract(ctx context.Context, blocks []block) (err error) {
	defer fault.Recovered("days", &err)
	s := u.source
	all, ok := s.Store.Get(ctx, u.shape.keyOf(u.days))
	if !ok || !all.holds(u.shape.keep, s.Now()) {
		return errParts
	}
	same := func() error {
		if state, err := s.versionOf(ctx, u.shape, u.days); err != nil || state != all.Version {
			return fmt.Errorf("days: the rows have become others: %w", errParts)
		}
		return nil
	}
	if err := same(); err != nil {
		return err
	}
	rest := len(blocks) - 1
	entries, err := s.begin(ctx, u.shape, blocks)
	if err != nil {
		return err
	}
	finer := u.shape.over(blocks[:rest])
	first, err := u.ask(ctx, finer)
	if err != nil {
		return err
	}
	entries[rest].At = all.At
	if entries[rest].Frame, err = rollup.Without(u.shape.over([]block{u.days}), all.Frame, finer, first); err != nil {
		return err
	}
	if err := same(); err != nil {
		return err
	}
	if err := s.put(ctx, u.shape, entries[:rest], first); err != nil {
		return err
	}
	s.Store.Put(ctx, u.shape.keyOf(blocks[rest]), entries[rest])
	return nil
}
