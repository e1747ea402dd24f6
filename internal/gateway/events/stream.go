package events

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

const (
	silence  = 15 * time.Second
	patience = 10 * time.Second
	// A read of Redis that failed is tried again after a while.
	againFirst, againLongest = 250 * time.Millisecond, 4 * time.Second
)

// stream is one answer without an end.
type stream struct {
	*Events
	w       http.ResponseWriter
	control *http.ResponseController
	form    form
	// silence and patience are those of Events.
	silence, patience time.Duration

	deadline time.Time // of writes
	wrote    time.Time // when anything was written last
	timer    *time.Timer
	due      time.Time // when the timer fires; zero where it has
}

// newStream begins the answer.
func newStream(w http.ResponseWriter, r *http.Request, e *Events) *stream {
	s := &stream{
		Events: e, w: w, control: http.NewResponseController(w), form: formOf(r),
		silence: cmp.Or(e.Silence, silence), patience: cmp.Or(e.Patience, patience),
	}
	s.timer, s.due = time.NewTimer(s.silence), time.Now().Add(s.silence)
	h := w.Header()
	h.Set("Content-Type", s.form.contentType)
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept")
	// The server's limits are for answers that end.
	_ = s.control.SetReadDeadline(time.Time{}) // where there is no such thing, there is no limit either
	w.WriteHeader(http.StatusOK)
	return s
}

func (s *stream) end() { s.timer.Stop() }

// run writes until the client is gone, the token has expired, the process stops, or the request is complete.
func (s *stream) run(ctx context.Context, sub *feed.Subscription, untilComplete bool, expires time.Time) {
	if s.write(ctx, nil) != nil { // the head, at once
		return
	}
	again, opened := againFirst, false
	for ctx.Err() == nil {
		if !expires.IsZero() && !time.Now().Before(expires) {
			s.expire(ctx)
			return
		}
		changed, err := s.step(ctx, sub, &opened, untilComplete)
		var retry <-chan time.Time
		switch {
		case errors.Is(err, errOver):
			return
		case err != nil && ctx.Err() == nil:
			s.Log.LogAttrs(ctx, slog.LevelDebug, "a stream waits for Redis", slog.Any("error", err))
			timer := time.NewTimer(again)
			retry, changed = timer.C, nil
			again = min(2*again, againLongest)
		default:
			again = againFirst
			if changed == nil {
				continue
			}
		}
		if s.wait(ctx, changed, retry, expires) != nil {
			return
		}
	}
}

// errOver says that nothing more is to be written.
var errOver = errors.New("events: the stream is over")

// step writes what there is, and returns what tells that there is more.
func (s *stream) step(ctx context.Context, sub *feed.Subscription, opened *bool, untilComplete bool) (<-chan struct{}, error) {
	if !*opened {
		hello, err := sub.Open(ctx)
		if err != nil {
			return nil, over(err)
		}
		*opened = true
		return nil, s.write(ctx, s.form.hello(hello))
	}
	d, changed, err := sub.Next(ctx)
	if err != nil {
		return nil, over(err)
	}
	if d.Reset == "" && len(d.Messages) == 0 {
		return changed, nil
	}
	ended := false
	if last := slices.IndexFunc(d.Messages, func(m *feed.Message) bool { return m.Last }); untilComplete && last >= 0 {
		d.Messages, ended = d.Messages[:last+1], true
	}
	if err := s.deliver(ctx, &d); err != nil || !ended {
		return changed, err
	}
	return nil, errOver
}

// over makes of an error that does not pass the stream's end.
func over(err error) error {
	if fault.ClassOf(err) == fault.Transient {
		return err
	}
	return errOver
}

// deliver writes a delivery at once.
func (s *stream) deliver(ctx context.Context, d *feed.Delivery) error {
	s.allow()
	if d.Reset != "" {
		if _, err := s.w.Write(s.form.reset(d)); err != nil {
			return s.gone(ctx, err)
		}
	}
	for _, m := range d.Messages {
		if _, err := s.w.Write(s.form.message(m)); err != nil {
			return s.gone(ctx, err)
		}
	}
	s.Metrics.Delivered(len(d.Messages))
	return s.flush(ctx)
}

func (s *stream) write(ctx context.Context, frame []byte) error {
	s.allow()
	if len(frame) > 0 {
		if _, err := s.w.Write(frame); err != nil {
			return s.gone(ctx, err)
		}
	}
	return s.flush(ctx)
}

// allow gives the client its time for what is written next. The deadline is moved when a tenth of that has gone by, not for each write.
func (s *stream) allow() {
	s.wrote = time.Now()
	if until := s.wrote.Add(s.patience); until.Sub(s.deadline) > s.patience/10 {
		s.deadline = until
		_ = s.control.SetWriteDeadline(until) // where there is no such thing, the server's own limit ends it
	}
}

func (s *stream) flush(ctx context.Context) error {
	if err := s.control.Flush(); err != nil {
		return s.gone(ctx, err)
	}
	return nil
}

// gone ends the stream of a client that is not there any more, or takes nothing.
func (s *stream) gone(ctx context.Context, err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.Metrics.Evicted()
		s.Log.LogAttrs(ctx, slog.LevelInfo, "a subscriber that takes nothing was cut off")
	}
	return errOver
}

// wait returns when there may be more to write; it has broken the silence meanwhile. An error is the stream's end.
func (s *stream) wait(ctx context.Context, changed <-chan struct{}, retry <-chan time.Time, expires time.Time) error {
	for {
		now := time.Now()
		next := s.silence - now.Sub(s.wrote)
		if next <= 0 {
			if err := s.write(ctx, s.form.heartbeat); err != nil {
				return err
			}
			continue
		}
		if !expires.IsZero() {
			next = min(next, max(expires.Sub(now), 0))
		}
		s.await(now.Add(next))
		select {
		case <-changed:
			return nil
		case <-retry:
			return nil
		case <-s.timer.C:
			s.due = time.Time{}
			if !expires.IsZero() && !time.Now().Before(expires) {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// await has the timer fire at a time, or before: one that fires too early costs less than one that is set anew after each write.
func (s *stream) await(at time.Time) {
	if s.due.IsZero() || at.Before(s.due) {
		s.timer.Reset(time.Until(at))
		s.due = at
	}
}

// expire tells the client that its token has, so that it does not come back with it.
func (s *stream) expire(ctx context.Context) {
	_ = s.write(ctx, s.form.frame(nil, "error", "", encode(problem.New(http.StatusUnauthorized, "token_expired", "the token has expired: sign in again"))))
}
