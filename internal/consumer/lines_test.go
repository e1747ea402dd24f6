package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// box is a stream whose entries come in lines, and what was served of it: "KEY/NUMBER" in the order of their serving.
type box struct {
	*site
	mu     sync.Mutex
	served []string
}

// fill has a consumer of another stream put so many entries of each key into the box, and waits for that.
func (b *box) fill(each int, keys ...string) {
	b.t.Helper()
	feeder := &site{t: b.t, rdb: b.rdb, stream: b.stream + ":in", h: &handler{}}
	feeder.h.handle = func(context.Context, *consumer.Entry, consumer.Emitter) consumer.Outcome {
		var ops []commit.Op
		for n := range each {
			for _, key := range keys {
				ops = append(ops, commit.Queue{Stream: b.stream, Key: key, Fields: []string{"key", key, "n", fmt.Sprint(n)}})
			}
		}
		return consumer.Outcome{Outputs: []commit.Output{{Ops: ops}}}
	}
	feeder.add(1)
	o := feeder.options("feeder")
	stop := feeder.start(o)
	feeder.settled()
	stop()
}

func name(e *consumer.Entry) (key, which string) {
	key, _ = e.Field("key")
	n, _ := e.Field("n")
	return key, key + "/" + n
}

// note says that an entry was served. Where its lease ran out meanwhile, another consumer says so too, and the commit of one of them counts.
func (b *box) note(which string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.served, which) {
		b.served = append(b.served, which)
	}
}

// pass ends the turn of an entry.
func (b *box) pass(e *consumer.Entry) consumer.Outcome {
	key, which := name(e)
	b.note(which)
	return consumer.Outcome{Outputs: []commit.Output{{Ops: []commit.Op{commit.Pass{Stream: b.stream, Key: key, Turn: e.First}}}}}
}

func (b *box) inOrder(keys []string, each int) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range keys {
		var got, want []string
		for _, which := range b.served {
			if which[:len(key)+1] == key+"/" {
				got = append(got, which)
			}
		}
		for n := range each {
			want = append(want, fmt.Sprintf("%s/%d", key, n))
		}
		if !slices.Equal(got, want) {
			b.t.Errorf("served %v, want %v", got, want)
		}
	}
	if left := b.rdb.HLen(b.t.Context(), commit.NamesOf(b.stream).Turns).Val(); left != 0 {
		b.t.Errorf("%d turns are left", left)
	}
}

// TestLinesKeepTheirOrder: entries of a key are served in their order by several consumers, though some fail at first and others are put off.
func TestLinesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		const each = 6
		keys := []string{"a", "b", "c"}
		b := &box{site: s}
		b.fill(each, keys...)
		var mu sync.Mutex
		tries := map[string]int{}
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			key, which := name(e)
			mu.Lock()
			tries[which]++
			n := tries[which]
			mu.Unlock()
			switch {
			case key == "a" && n <= 2:
				return consumer.Outcome{Err: fault.New(fault.Transient, "x", "", errors.New("passes"))}
			case key == "b" && n <= 9 && e.Deliveries == 1: // a take-over is an attempt, which the entry would keep
				return consumer.Outcome{Err: errors.New("nothing was tried"), Uncharged: true, After: time.Millisecond}
			case key == "b" && e.Attempt != int(e.Deliveries):
				t.Errorf("%s: attempt %d of delivery %d, though none was made before", which, e.Attempt, e.Deliveries)
			}
			return b.pass(e)
		}
		for _, consumer := range []string{"c1", "c2"} {
			o := s.options(consumer)
			o.Lines = true
			s.start(o)
		}
		s.until("all are served", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(b.served) == each*len(keys) })
		s.settled()
		b.inOrder(keys, each)
	})
}

// TestTurnsOfEntriesThatAreGoneAreGivenOn: an entry that was taken from the stream by hand, and one that ended without giving its turn on, as earlier versions do.
func TestTurnsOfEntriesThatAreGoneAreGivenOn(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		b := &box{site: s}
		b.fill(3, "a", "b", "c")
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			switch key, which := name(e); which {
			case "c/0": // does not end while the others are looked for
				s.until("the others are served", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(b.served) == 6 })
				return b.pass(e)
			case "b/0":
				b.note(key + "/0")
				return consumer.Outcome{}
			}
			return b.pass(e)
		}
		gone := s.rdb.HGet(t.Context(), commit.NamesOf(s.stream).Turns, "a").Val()
		if n := s.rdb.XDel(t.Context(), s.stream, gone).Val(); n != 1 {
			t.Fatal("nothing was taken")
		}
		b.note("a/0")
		o := s.options("c1")
		o.Lines, o.Lease = true, 150*time.Millisecond
		s.start(o)
		s.until("all are served", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(b.served) == 9 })
		s.settled()
		b.inOrder([]string{"a", "b", "c"}, 3)
	})
}
