package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
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

// canceling are the options of a consumer whose requests may be canceled.
func (s *site) canceling(name string, slots int, work func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) error) consumer.Options {
	o := s.options(name)
	o.Handler, o.Withdrawals, o.Slots = &canceler{handler: s.h, stream: s.stream, work: work}, true, slots
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

// TestCancelOfARequestThatRunsElsewhere: the consumer that reads the message is not the one that has the request. The work ends, what was sent stays, and
// nothing else is sent but the end.
func TestCancelOfARequestThatRunsElsewhere(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		running, late := make(chan struct{}), make(chan struct{})
		widget := func(e *consumer.Entry, text string) commit.Output {
			return (&canceler{handler: s.h}).says(e, text, text)
		}
		s.start(s.canceling("a", 1, func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) error {
			if err := emit.Emit(ctx, widget(e, "one")); err != nil {
				return err
			}
			close(running)
			<-ctx.Done()
			_ = emit.Emit(context.WithoutCancel(ctx), widget(e, "two")) // whether it is taken or not, it is not sent
			close(late)
			return ctx.Err()
		}))
		id := s.add(1)[0]
		<-running
		s.until("the widget is there", func() bool { return s.len(s.h.out) == 1 })
		s.cancel(id) // a is full
		s.start(s.canceling("b", 4, func(context.Context, *consumer.Entry, consumer.Emitter) error {
			t.Error("b has the request")
			return nil
		}))
		s.settled()
		<-late
		s.wantSaid(id, "one", "cancelled after 1")
	})
}

// TestWhatIsCanceledBeforeItBeginsIsNotComputed: also where everything is full and the message is behind its request, and where the consumer that read it is
// gone before the request's turn comes.
func TestWhatIsCanceledBeforeItBeginsIsNotComputed(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		running := make(chan struct{})
		turns := func(e *consumer.Entry) (string, int) {
			if payload, _ := e.Field("payload"); strings.HasPrefix(payload, "cancel ") {
				return "t", 0
			}
			return "t", 1
		}
		first := s.canceling("a", 1, func(ctx context.Context, _ *consumer.Entry, _ consumer.Emitter) error {
			close(running)
			<-ctx.Done() // the drain
			return ctx.Err()
		})
		first.Fair.Tenant, first.DrainTimeout = turns, time.Millisecond
		ids := s.add(1)
		stop := s.start(first)
		<-running
		ids = append(ids, s.add(2)...)
		s.cancel(ids[1])
		s.until("the message is read", func() bool { return s.withdrawn(ids[1]) })
		stop()
		second := s.canceling("b", 1, func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) error {
			if e.First == ids[1] {
				t.Error("the cancelled request is computed")
			}
			return nil
		})
		second.Fair.Tenant, second.ClaimMinIdle = turns, time.Millisecond
		s.start(second)
		s.settled()
		s.wantSaid(ids[0], "done")
		s.wantSaid(ids[1], "cancelled after 0")
		s.wantSaid(ids[2], "done")
	})
}

// TestCancelAndCommitAtTheSameTime: requests are canceled while they end, by messages that other consumers read. Each ends once, as one or the other, and
// those of one sort are not all of them. On one server none is answered after it was canceled.
func TestCancelAndCommitAtTheSameTime(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		const requests = 300
		work := func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) error {
			payload, _ := e.Field("payload")
			n, _ := strconv.Atoi(payload)
			if n%3 == 0 {
				if err := emit.Emit(ctx, (&canceler{handler: s.h}).says(e, "one", "one")); err != nil {
					return err
				}
			}
			select {
			case <-time.After(time.Duration(n%7) * time.Millisecond): // the work itself
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		for _, name := range []string{"a", "b", "c"} {
			s.start(s.canceling(name, 8, work))
		}
		var ids []string
		for range requests / 10 {
			more := s.add(10)
			for _, id := range more {
				s.cancel(id)
			}
			ids = append(ids, more...)
		}
		s.settled()
		ends, said := map[string]int{}, s.said()
		at, marked := s.moments(s.h.out, "first"), s.moments(commit.NamesOf(s.stream).Withdrawn, "request")
		for _, id := range ids {
			end := ""
			for i, text := range said[id] {
				if text == "one" && i == 0 {
					continue
				}
				word, _, _ := strings.Cut(text, " ")
				end += word
			}
			if end != "done" && end != "cancelled" {
				t.Errorf("%s: %v", id, said[id])
			}
			ends[end]++
			if _, cluster := s.rdb.(*redis.ClusterClient); end == "done" && !cluster && at[id] > marked[id] {
				t.Errorf("%s: answered in %d, canceled in %d", id, at[id], marked[id])
			}
		}
		if ends["done"] == 0 || ends["cancelled"] == 0 {
			t.Errorf("%v: nothing was tested", ends)
		}
	})
}

// TestCancelOfWhatIsUnknown: it is acknowledged, and forgotten with its time.
func TestCancelOfWhatIsUnknown(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.start(s.canceling("a", 4, func(context.Context, *consumer.Entry, consumer.Emitter) error { return nil }))
		id := s.add(1)[0]
		s.settled()
		s.cancel(id)
		s.cancel("nobody")
		s.settled()
		s.wantSaid(id, "done")
		if n := s.len(s.h.out + ":dead"); n != 0 || !s.withdrawn("nobody") {
			t.Errorf("%d dead letters", n)
		}
		names := commit.NamesOf(s.stream)
		for _, key := range []string{names.Marks, names.Withdrawn} {
			if ttl := s.rdb.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > time.Hour {
				t.Errorf("%s lives for %v", key, ttl)
			}
		}
	})
}

// TestPollBufferCountsWhatIsAnnounced: a request that a later one has taken the place of is counted where both are announced, and otherwise leaves the
// buffer and its status to the later one.
func TestPollBufferCountsWhatIsAnnounced(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			key, _ := e.Field("payload")
			return consumer.Outcome{Outputs: []commit.Output{{Ops: []commit.Op{commit.CountFinished{
				Key: s.h.out + key, CountField: "n", StatusKey: s.h.out + key + ":status", DoneStatus: "BUFFERED", TTL: 120, Least: 2,
			}}}}}
		}
		s.rdb.HSet(t.Context(), s.h.out+"1", "__meta__", `{"total_messages": 2}`, "n", 1)
		s.rdb.HSet(t.Context(), s.h.out+"2", "__meta__", `{"total_messages": 1}`)
		s.start(s.options("a"))
		s.add(3)
		s.settled()
		for key, want := range map[string][2]string{"0": {"", ""}, "1": {"2", "BUFFERED"}, "2": {"", ""}} {
			got := [2]string{s.rdb.HGet(t.Context(), s.h.out+key, "n").Val(), s.rdb.Get(t.Context(), s.h.out+key+":status").Val()}
			if got != want {
				t.Errorf("buffer %s: count and status %q, want %q", key, got, want)
			}
		}
	})
}
