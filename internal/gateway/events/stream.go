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
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
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
	writer
	form  form
	sub   *feed.Subscription
	place *caller.Place
	// silence and patience are those of Events.
	silence, patience time.Duration
	untilComplete     bool
	who               *caller.Caller // whose token may end; nil is nobody

	sent func(context.Context, []*feed.Message) // Request's; nil is nobody

	// revocations is closed when a token may have been revoked.
	revocations <-chan struct{}

	opened bool // the place where it begins is found
	// hello is to be written, with what follows it: who is cut off between the two, where that is a reset, would never be told to forget what it has.
	hello *feed.Hello
	wrote time.Time // when anything was written last
	timer *time.Timer
	due   time.Time // when the timer fires; zero where it has
}

// newStream begins the answer.
func newStream(w http.ResponseWriter, r *http.Request, e *Events, sub *feed.Subscription) *stream {
	s := &stream{
		Events: e, form: formOf(r), sub: sub, silence: cmp.Or(e.Silence, silence), patience: cmp.Or(e.Patience, patience),
	}
	s.writer = &answer{w: w, control: http.NewResponseController(w)}
	s.timer, s.due = time.NewTimer(s.silence), time.Now().Add(s.silence)
	h := w.Header()
	for _, name := range []string{"Cross-Origin-Opener-Policy", "Permissions-Policy", "Referrer-Policy", "X-Frame-Options"} {
		h.Del(name) // browsers heed them in documents; HTTP/2 keeps an answer's head twice for as long as it lasts
	}
	h.Set("Content-Type", s.form.contentType)
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept")
	if r.ProtoMajor == 1 {
		h.Set("Connection", "close") // nothing comes after an answer without an end
	}
	// The server's limits are for answers that end.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // where there is no such thing, there is no limit either
	w.WriteHeader(http.StatusOK)
	return s
}

// end gives back what the stream has of others.
func (s *stream) end() {
	s.timer.Stop()
	s.sub.Close()
	s.place.Back()
}

// begin writes the head, and what there is where Redis answers.
func (s *stream) begin(ctx context.Context) error {
	if err := s.write(ctx, nil); err != nil {
		return err
	}
	if _, err := s.step(ctx); errors.Is(err, errOver) {
		return err
	}
	return nil
}

// detached goes on with the stream on a connection of its own.
func (s *stream) detached(ctx context.Context, c *gateway.Conn) {
	defer s.end()
	s.writer = &direct{conn: c, lists: &s.lists}
	if c.Chunked {
		s.form = s.form.chunks()
	}
	s.run(ctx)
}

// run writes until the client is gone, the token has ended, the process stops, or the request is complete.
func (s *stream) run(ctx context.Context) {
	again := againFirst
	for ctx.Err() == nil {
		if s.tokenEnded(ctx) {
			return
		}
		changed, err := s.step(ctx)
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
		if s.wait(ctx, changed, retry) != nil {
			return
		}
	}
}

// errOver says that nothing more is to be written.
var errOver = errors.New("events: the stream is over")

// step writes what there is, and returns what tells that there is more.
func (s *stream) step(ctx context.Context) (<-chan struct{}, error) {
	if !s.opened {
		hello, err := s.sub.Open(ctx)
		if err != nil {
			return nil, over(err)
		}
		s.opened, s.hello = true, &hello
	}
	d, changed, err := s.sub.Next(ctx)
	if err != nil {
		return nil, over(err)
	}
	if s.hello == nil && d.Reset == "" && len(d.Messages) == 0 {
		return changed, nil
	}
	ended := false
	if last := slices.IndexFunc(d.Messages, func(m *feed.Message) bool { return m.Last }); s.untilComplete && last >= 0 {
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
	if s.hello != nil {
		if err := s.add(s.form.hello(*s.hello)); err != nil {
			return s.gone(ctx, err)
		}
		s.hello = nil
	}
	if d.Reset != "" {
		if err := s.add(s.form.reset(d)); err != nil {
			return s.gone(ctx, err)
		}
	}
	for _, m := range d.Messages {
		if err := s.add(s.form.message(m)); err != nil {
			return s.gone(ctx, err)
		}
	}
	s.Metrics.Delivered(len(d.Messages))
	if err := s.gone(ctx, s.flush()); err != nil {
		return err
	}
	if s.sent != nil {
		s.sent(ctx, d.Messages)
	}
	return nil
}

func (s *stream) write(ctx context.Context, frame []byte) error {
	s.allow()
	if len(frame) > 0 {
		if err := s.add(frame); err != nil {
			return s.gone(ctx, err)
		}
	}
	return s.gone(ctx, s.flush())
}

// allow gives the client its time for what is written next.
func (s *stream) allow() {
	s.wrote = time.Now()
	s.until(s.wrote.Add(s.patience), s.patience/10)
}

// gone ends the stream of a client that is not there any more, or takes nothing. No error is none.
func (s *stream) gone(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.Metrics.Evicted()
		s.Log.LogAttrs(ctx, slog.LevelInfo, "a subscriber that takes nothing was cut off")
	}
	return errOver
}

// wait returns when there may be more to write; it has broken the silence meanwhile. An error is the stream's end.
func (s *stream) wait(ctx context.Context, changed <-chan struct{}, retry <-chan time.Time) error {
	for {
		now := time.Now()
		next := s.silence - now.Sub(s.wrote)
		if next <= 0 {
			if err := s.write(ctx, s.form.heartbeat); err != nil {
				return err
			}
			continue
		}
		if s.expires() {
			next = min(next, max(s.who.Expires.Sub(now), 0))
		}
		s.await(now.Add(next))
		select {
		case <-changed:
			return nil
		case <-retry:
			return nil
		case <-s.revocations:
			return nil
		case <-s.timer.C:
			s.due = time.Time{}
			if s.expired() {
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
