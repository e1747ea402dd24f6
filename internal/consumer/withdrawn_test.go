package consumer_test

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
)

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
		var slow atomic.Int64 // work takes so many times as long
		work := func(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) error {
			payload, _ := e.Field("payload")
			n, _ := strconv.Atoi(payload)
			if n%3 == 0 {
				if err := emit.Emit(ctx, (&canceler{handler: s.h}).says(e, "one", "one")); err != nil {
					return err
				}
			}
			select {
			case <-time.After(time.Duration(n%7) * time.Duration(slow.Load()) * time.Millisecond): // the work itself
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		for _, name := range []string{"a", "b", "c"} {
			s.start(s.canceling(name, 8, work))
		}
		var ids []string
		ends, said := map[string]int{}, map[string][]string{}
		race := func() {
			for range requests / 10 {
				more := s.add(10)
				for _, id := range more {
					s.cancel(id)
				}
				ids = append(ids, more...)
			}
			s.settled()
			clear(ends)
			said = s.said()
			for _, texts := range said {
				word, _, _ := strings.Cut(texts[len(texts)-1], " ")
				ends[word]++
			}
		}
		for times := int64(1); times <= 64 && (ends["done"] == 0 || ends["cancelled"] == 0); times *= 4 { // a busy machine is late with what cancels
			slow.Store(times)
			race()
		}
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
