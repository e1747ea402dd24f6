package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
)

// canceler is a handler of requests and of what cancels them: the payload "cancel ID", or a number.
type canceler struct {
	*handler
	stream string
	// work computes a request.
	work func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) error
}

func (c *canceler) Handle(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) consumer.Outcome {
	payload, _ := e.Field("payload")
	if id, ok := strings.CutPrefix(payload, "cancel "); ok {
		return consumer.Outcome{Outputs: []commit.Output{{Ops: []commit.Op{
			commit.Withdraw{Stream: c.stream, Request: id, As: commit.Canceled, For: time.Hour},
		}}}}
	}
	if _, err := emit.Begin(ctx, e.First, false); err != nil {
		return consumer.Outcome{Err: err}
	}
	if err := c.work(ctx, e, emit); err != nil {
		return consumer.Outcome{Err: err}
	}
	return consumer.Outcome{Outputs: []commit.Output{c.says(e, "end", "done")}}
}

// GiveUp says as what a request was withdrawn.
func (c *canceler) GiveUp(ctx context.Context, e *consumer.Entry, emit consumer.Emitter, err error) consumer.Outcome {
	w, ok := errors.AsType[*consumer.WithdrawnError](err)
	if !ok {
		return c.handler.GiveUp(ctx, e, emit, err)
	}
	sent, err := emit.Begin(ctx, e.First, false)
	if err != nil {
		return consumer.Outcome{Err: err}
	}
	return consumer.Outcome{Outputs: []commit.Output{c.says(e, "end", fmt.Sprintf("%s after %d", w.As, len(sent)))}}
}

func (c *canceler) says(e *consumer.Entry, key, text string) commit.Output {
	return commit.Output{Key: key, Note: "ok", Ops: []commit.Op{commit.Append{Stream: c.out, Fields: []string{"first", e.First, "text", text}}}}
}

// canceling are the options of a consumer whose requests may be canceled. Its lease is long: who is late with a renewal loses no request to another.
func (s *site) canceling(name string, slots int, work func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) error) consumer.Options {
	o := s.options(name)
	o.Handler, o.Withdrawals, o.Slots, o.Lease = &canceler{handler: s.h, stream: s.stream, work: work}, true, slots, time.Minute
	return o
}

func (s *site) cancel(id string) {
	s.t.Helper()
	if err := s.rdb.XAdd(s.t.Context(), &redis.XAddArgs{Stream: s.stream, Values: []string{"payload", "cancel " + id}}).Err(); err != nil {
		s.t.Fatal(err)
	}
}

// said returns what was said of each request, in order.
func (s *site) said() map[string][]string {
	s.t.Helper()
	got := make(map[string][]string)
	for _, m := range s.rdb.XRange(s.t.Context(), s.h.out, "-", "+").Val() {
		first, _ := m.Values["first"].(string)
		text, _ := m.Values["text"].(string)
		got[first] = append(got[first], text)
	}
	return got
}

// moments returns the server's time, in ms, of the last entry about each request.
func (s *site) moments(stream, field string) map[string]int64 {
	s.t.Helper()
	got := make(map[string]int64)
	for _, m := range s.rdb.XRange(s.t.Context(), stream, "-", "+").Val() {
		request, _ := m.Values[field].(string)
		ms, _, _ := strings.Cut(m.ID, "-")
		got[request], _ = strconv.ParseInt(ms, 10, 64)
	}
	return got
}

func (s *site) wantSaid(id string, want ...string) {
	s.t.Helper()
	if got := s.said()[id]; strings.Join(got, ", ") != strings.Join(want, ", ") {
		s.t.Errorf("of %s it was said: %v, want %v", id, got, want)
	}
}

func (s *site) withdrawn(id string) bool {
	return s.rdb.HExists(s.t.Context(), commit.NamesOf(s.stream).Marks, id).Val()
}
