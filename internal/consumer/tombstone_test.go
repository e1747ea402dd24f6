package consumer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// burier is a handler that takes its time with dead letters.
type burier struct {
	*handler
	begun chan<- string
	until <-chan struct{}
}

func (b *burier) GiveUp(ctx context.Context, e *consumer.Entry, emit consumer.Emitter, err error) consumer.Outcome {
	b.begun <- e.ID
	<-b.until
	return b.handler.GiveUp(ctx, e, emit, err)
}

func (s *site) deadLetters() (reasons []any) {
	s.t.Helper()
	for _, m := range s.rdb.XRange(s.t.Context(), s.h.out+":dead", "-", "+").Val() {
		reasons = append(reasons, m.Values["reason"])
	}
	return reasons
}

// left is how many entries are pending, those that were taken from the stream among them: the embedded server's short form leaves them out.
func (s *site) left() int {
	s.t.Helper()
	list, err := s.rdb.XPendingExt(s.t.Context(), &redis.XPendingExtArgs{Stream: s.stream, Group: "g", Start: "-", End: "+", Count: 10}).Result()
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

// tombstone makes an entry that is pending for a consumer, and was taken from the stream.
func (s *site) tombstone(of string) (id string) {
	s.t.Helper()
	id = s.add(1)[0]
	s.rdb.XGroupCreateMkStream(s.t.Context(), s.stream, "g", "0")
	s.rdb.XReadGroup(s.t.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: of, Streams: []string{s.stream, ">"}})
	s.rdb.XDel(s.t.Context(), s.stream, id)
	return id
}

// TestTombstoneOutlivesItsWriter: what was taken from the stream while it was pending stays pending until its dead letter is written. Who dies before that leaves it
// to a peer, and who was only slow writes no second one.
func TestTombstoneOutlivesItsWriter(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		id := s.tombstone("dead")
		begun, until := make(chan string, 1), make(chan struct{})
		slow := s.options("slow")
		slow.Lease, slow.ClaimMinIdle = 50*time.Millisecond, 50*time.Millisecond
		slow.Handler = &burier{s.h, begun, until}
		stop := s.start(slow)
		if got := <-begun; got != id {
			t.Errorf("%s is given up, not %s", got, id)
		}
		if n := s.left(); n != 1 {
			t.Errorf("%d are pending while no dead letter is written", n)
		}
		peer := slow
		peer.Name, peer.Handler = "peer", s.h
		s.start(peer)
		s.until("nothing is pending", func() bool { return s.left() == 0 })
		close(until)
		stop()
		if got := s.deadLetters(); len(got) != 1 || got[0] != "trimmed_while_pending" {
			t.Errorf("dead letters %v", got)
		}
	})
}

// TestTakenFromTheStreamWhileServed: the work on an entry goes on though the entry is gone from the stream, and what it comes to is published with the acknowledgement;
// one that is not brought to its end leaves a tombstone.
func TestTakenFromTheStreamWhileServed(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		renewed, handed := make(chan struct{}), make(chan struct{})
		s.h.handle = func(ctx context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			if n, _ := e.Field("payload"); n == "1" {
				close(handed)
				<-ctx.Done() // a drain
				return consumer.Outcome{Err: ctx.Err()}
			}
			<-renewed
			return s.h.answer(e, "done")
		}
		ids := s.add(2)
		o := s.options("a")
		o.Lease, o.DrainTimeout = 2*time.Second, time.Millisecond
		stop := s.start(o)
		<-handed
		s.rdb.XDel(t.Context(), s.stream, ids...)
		names := s.stream + ":consumers"
		beat := func() string { return s.rdb.HGet(t.Context(), names, "a").Val() }
		for range 2 { // looks of the lease
			before := beat()
			s.until("a renewal", func() bool { return beat() != before })
		}
		close(renewed)
		s.until("it is published", func() bool { return s.len(s.h.out) == 1 })
		s.until("it is acknowledged", func() bool { return s.left() == 1 }) // on a cluster after it is published
		stop()
		if n := s.left(); n != 1 {
			t.Errorf("%d are pending after the drain, want the one that was not brought to its end", n)
		}
		peer := s.options("b")
		peer.ClaimMinIdle = time.Millisecond
		s.start(peer)
		s.until("nothing is pending", func() bool { return s.left() == 0 })
		if got := s.deadLetters(); len(got) != 1 || got[0] != "trimmed_while_pending" || s.len(s.h.out) != 1 {
			t.Errorf("dead letters %v, %d outputs", got, s.len(s.h.out))
		}
	})
}

// TestTombstoneIsTriedAgain: a dead letter that could not be made leaves the entry pending.
func TestTombstoneIsTriedAgain(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		s.tombstone("a")
		o := s.options("a")
		o.Handler = &failing{handler: s.h}
		s.start(o)
		s.until("nothing is pending", func() bool { return s.left() == 0 })
		if got := s.deadLetters(); len(got) != 1 {
			t.Errorf("dead letters %v", got)
		}
	})
}

// failing fails to make its first dead letter.
type failing struct {
	*handler
	failed bool
}

func (f *failing) GiveUp(ctx context.Context, e *consumer.Entry, emit consumer.Emitter, err error) consumer.Outcome {
	if !f.failed {
		f.failed = true
		return consumer.Outcome{Err: fault.New(fault.Transient, "x", "", errors.New("not now"))}
	}
	return f.handler.GiveUp(ctx, e, emit, err)
}
