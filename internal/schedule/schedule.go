// Package schedule puts requests on an input stream at their times. Times are whole multiples of a job's interval since 1970 in UTC, so that
// all schedulers mean the same ones, and a job's request for one time goes out once: adding it and noting its time are one step on the Redis
// server. So any number of schedulers may run, and one that was away catches up on what nobody asked for meanwhile, within a bound.
// It computes nothing and waits for no answer.
package schedule

import (
	"time"
)

// Job is a request that is asked again and again.
type Job struct {
	// Key names the job, the same in every scheduler and after each restart.
	Key string
	// Every is the interval, of whole milliseconds, Delay how long after its time a request goes out: data may come late.
	Every, Delay time.Duration
	// CatchUp is how many times that nobody asked for are made up for, the last ones; 1 at least.
	CatchUp int
	// Payload makes the request of a time.
	Payload func(tick time.Time) ([]byte, error)
}

// Due returns the times of the job that are due at now and lie after last, the oldest first, and how many more it skips. Without a last
// one, that is the latest time alone.
func (j *Job) Due(last, now time.Time) (ticks []time.Time, skipped int) {
	latest := j.floor(now)
	if last.IsZero() {
		return []time.Time{latest}, 0
	}
	missed := int(latest.Sub(last) / j.Every)
	n := min(missed, max(1, j.CatchUp))
	for i := n - 1; i >= 0; i-- {
		ticks = append(ticks, latest.Add(-time.Duration(i)*j.Every))
	}
	return ticks, missed - n
}

// Next returns when the job is due again after now.
func (j *Job) Next(now time.Time) time.Time {
	return j.floor(now).Add(j.Every + j.Delay)
}

// floor returns the latest time of the job that is due at now.
func (j *Job) floor(now time.Time) time.Time {
	ms, every := now.Add(-j.Delay).UnixMilli(), j.Every.Milliseconds()
	return time.UnixMilli(ms - ms%every).UTC()
}
