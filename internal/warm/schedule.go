package warm

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

const (
	// scheduled is how many pages are asked for at a time of the schedule, leaseFor for how long its lease is held beyond the last that was heard of its holder.
	scheduled = 1000
	leaseFor  = 30 * time.Second
	// checks is how often a consumer looks whether a time has come, and whether somebody else who asks for its pages is still there.
	checks = time.Second
)

// begin takes the lease (KEYS[2]) for ARGV[2] for so many ms (ARGV[3]), unless the pages were asked for at this time (ARGV[1], in ms) or a later one. Where they never were they are asked for from the next time on.
//
//nolint:gochecknoglobals // a compiled script is a constant
var begin = redis.NewScript(`
local last = redis.call('GET', KEYS[1])
if not last then redis.call('SET', KEYS[1], ARGV[1]) return 'done' end
if tonumber(last) >= tonumber(ARGV[1]) then return 'done' end
if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return 'mine' end
return 'held'`)

// hold renews the lease where it is still ARGV[1]'s.
//
//nolint:gochecknoglobals // as above
var hold = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

// finish gives the lease back where it is still ARGV[1]'s; with a time (ARGV[2]) it has been done.
//
//nolint:gochecknoglobals // as above
var finish = redis.NewScript(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2]) end
return redis.call('DEL', KEYS[2])`)

// errLost is the end of who was taken for gone.
var errLost = errors.New("warm: somebody else asks for the pages")

// Schedule asks for the pages at its times, in one of the processes that have it: it is held by a lease, which another one takes where the holder goes.
type Schedule struct {
	Asker Asker
	Names commit.Names
	// Latest is the last of its times that is not after one; the zero time where there is none.
	Latest func(now time.Time) time.Time
	// Name is that of this process.
	Name string
	Log  *slog.Logger

	done time.Time // it is known to be done
}

// Run asks for the pages at their times until ctx ends.
func (s *Schedule) Run(ctx context.Context) error {
	look := time.NewTicker(checks)
	defer look.Stop()
	for {
		if tick := s.Latest(time.Now()); tick.After(s.done) {
			if err := s.turn(ctx, tick); err != nil && ctx.Err() == nil {
				s.Log.LogAttrs(ctx, slog.LevelWarn, "pages are not warmed up", slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
	}
}

// turn asks for the pages of a time, unless somebody else does or has.
func (s *Schedule) turn(ctx context.Context, tick time.Time) error {
	names := []string{s.Names.Warmed, s.Names.Warming}
	turn, err := begin.Run(ctx, s.Asker.Redis, names, tick.UnixMilli(), s.Name, leaseFor.Milliseconds()).Text()
	if err != nil {
		return err
	}
	if turn == "done" {
		s.done = tick
	}
	if turn != "mine" {
		return nil
	}
	err = s.ask(ctx)
	var when any = tick.UnixMilli()
	switch {
	case ctx.Err() != nil:
		when = "" // another one goes on
	case errors.Is(err, errLost):
		return err
	default:
		s.done = tick
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(err, finish.Run(last, s.Asker.Redis, names, s.Name, when).Err())
}

// ask asks for the pages, as long as the lease is ours.
func (s *Schedule) ask(ctx context.Context) error {
	began := time.Now()
	pages, err := Pages(ctx, s.Asker.Redis, s.Names, "", scheduled, began)
	if err != nil {
		return err
	}
	asker := s.Asker
	asker.Beat = func(ctx context.Context) error {
		held, err := hold.Run(ctx, asker.Redis, []string{s.Names.Warming}, s.Name, leaseFor.Milliseconds()).Int()
		if err == nil && held == 0 {
			return errLost
		}
		return nil // where Redis does not answer, the next one says it
	}
	ends := make(map[string]int)
	err = asker.Each(ctx, pages, func(e *Ended) error {
		ends[e.Status]++
		return nil
	})
	s.Log.LogAttrs(ctx, slog.LevelInfo, "pages were warmed up", slog.Int("pages", len(pages)), slog.Int("warm", ends["warm"]), slog.Int("failed", ends["failed"]),
		slog.Int("busy", ends["busy"]), slog.Int("refused", ends["refused"]), slog.Duration("elapsed", time.Since(began)))
	return err
}
