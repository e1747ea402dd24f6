package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// The script adds a request unless this time, or a later one, was asked for already.
//
// KEYS: the input stream, the hash of last times. ARGV: the job, the time in ms, the payload. Returns the entry's id, or nothing.
const scriptText = `
local last = redis.call('HGET', KEYS[2], ARGV[1])
if last and tonumber(last) >= tonumber(ARGV[2]) then return false end
local id = redis.call('XADD', KEYS[1], '*', 'payload', ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return id`

//nolint:gochecknoglobals // a compiled script is a constant
var script = redis.NewScript(scriptText)

// retryPause is how long a scheduler waits after Redis has failed.
const retryPause = time.Second

// Scheduler asks for jobs at their times.
type Scheduler struct {
	Redis redis.Cmdable
	// Stream is the input stream, Last the hash of the last time of each job.
	Stream, Last string
	Jobs         []Job
	Now          func() time.Time
	Log          *slog.Logger
	// Asked, when set, is told of each request that went out.
	Asked func(job *Job, tick time.Time, entry string)
}

// Once asks for what is due now.
func (s *Scheduler) Once(ctx context.Context) error {
	var faults []error
	for i := range s.Jobs {
		if err := s.ask(ctx, &s.Jobs[i]); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Run asks for jobs at their times until ctx ends. Redis may be away meanwhile: what is due then is made up for.
func (s *Scheduler) Run(ctx context.Context) error {
	for {
		now := s.Now()
		wait := retryPause
		if err := s.Once(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("requests that are due could not be sent, and are tried again", slog.Any("error", err))
		} else {
			wait = s.next(now).Sub(s.Now())
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// next is when the first of the jobs is due after now.
func (s *Scheduler) next(now time.Time) time.Time {
	var first time.Time
	for i := range s.Jobs {
		if at := s.Jobs[i].Next(now); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

func (s *Scheduler) ask(ctx context.Context, j *Job) error {
	last, err := s.last(ctx, j)
	if err != nil {
		return err
	}
	ticks, skipped := j.Due(last, s.Now())
	if skipped > 0 {
		s.Log.Warn("times were missed, and are not made up for", slog.String("job", j.Key), slog.Int("skipped", skipped), slog.Time("last", last))
	}
	for _, tick := range ticks {
		payload, err := j.Payload(tick)
		if err != nil {
			return fmt.Errorf("schedule: request of job %s: %w", j.Key, err)
		}
		id, err := script.Run(ctx, s.Redis, []string{s.Stream, s.Last}, j.Key, tick.UnixMilli(), payload).Text()
		switch {
		case errors.Is(err, redis.Nil): // another scheduler was first
		case err != nil:
			return fmt.Errorf("schedule: add to %s: %w", s.Stream, err)
		case s.Asked != nil:
			s.Asked(j, tick, id)
		}
	}
	return nil
}

func (s *Scheduler) last(ctx context.Context, j *Job) (time.Time, error) {
	text, err := s.Redis.HGet(ctx, s.Last, j.Key).Result()
	if errors.Is(err, redis.Nil) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("schedule: read %s: %w", s.Last, err)
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("schedule: %s of %s is no time: %w", j.Key, s.Last, err)
	}
	return time.UnixMilli(ms).UTC(), nil
}
