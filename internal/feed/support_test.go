package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// bench is a hub on a Redis, and a client that writes to its streams.
type bench struct {
	t      *testing.T
	rdb    redis.UniversalClient
	hub    *Hub
	prefix string
}

func on(t *testing.T, addr string, opts ...func(*Options)) *bench {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, ReadTimeout: time.Minute})
	own := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, DialTimeout: time.Second})
	return with(t, rdb, own, opts...)
}

func with(t *testing.T, rdb, own redis.UniversalClient, opts ...func(*Options)) *bench {
	t.Helper()
	o := Options{Redis: own, Log: slog.New(slog.DiscardHandler)}
	for _, f := range opts {
		f(&o)
	}
	b := &bench{t: t, rdb: rdb, hub: New(o), prefix: fmt.Sprintf("feed-%s-%d:", strings.ReplaceAll(t.Name(), "/", "-"), time.Now().UnixNano())}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- b.hub.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
		_ = rdb.Close()
	})
	return b
}

// send appends a widget's message, and returns its id.
func (b *bench) send(key, widget string, n int, more ...any) ID {
	b.t.Helper()
	id, err := b.rdb.XAdd(b.t.Context(), b.entry(key, widget, n, more...)).Result()
	if err != nil {
		b.t.Fatal(err)
	}
	parsed, ok := ParseID(id)
	if !ok {
		b.t.Fatalf("id is %q", id)
	}
	return parsed
}

func (b *bench) entry(key, widget string, n int, more ...any) *redis.XAddArgs {
	request := "r1"
	if len(more) > 0 {
		request = fmt.Sprint(more[0])
	}
	payload := fmt.Sprintf(`{"eventName":%q,"eventData":{"n":%d},"request_id":%q}`, widget, n, request)
	return &redis.XAddArgs{Stream: b.prefix + key, Values: []any{"payload", payload, "eventName", widget, "routing_key", key}}
}

// follower reads a subscription in the way that a handler does.
type follower struct {
	t     *testing.T
	sub   *Subscription
	hello Hello
	got   []*Message
	// resets are the reasons, with how many messages had come before.
	resets []Reason
}

func (b *bench) follow(key string, start Start) *follower {
	b.t.Helper()
	sub, err := b.hub.Subscribe(b.prefix+key, start)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(sub.Close)
	f := &follower{t: b.t, sub: sub}
	for {
		if f.hello, err = sub.Open(b.t.Context()); err == nil {
			return f
		}
		if fault.ClassOf(err) != fault.Transient {
			b.t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// until reads until ok, and fails after a while.
func (f *follower) until(what string, ok func() bool) {
	f.t.Helper()
	if err := f.try(30*time.Second, ok); err != nil {
		f.t.Fatalf("%s: %v; got %d messages, resets %v", what, err, len(f.got), f.resets)
	}
}

func (f *follower) try(limit time.Duration, ok func() bool) error {
	ctx, cancel := context.WithTimeout(f.t.Context(), limit)
	defer cancel()
	for !ok() {
		d, changed, err := f.sub.Next(ctx)
		switch {
		case err != nil && ctx.Err() == nil && fault.ClassOf(err) == fault.Transient:
			time.Sleep(5 * time.Millisecond)
			continue
		case err != nil:
			return err
		}
		if d.Reset != "" {
			f.resets = append(f.resets, d.Reset)
			f.got = nil
		}
		f.got = append(f.got, d.Messages...)
		if d.Reset != "" || len(d.Messages) > 0 || changed == nil {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errors.New("not in time")
		}
	}
	return nil
}

func (f *follower) has(n int) func() bool { return func() bool { return len(f.got) >= n } }

// texts are the messages as widget=n.
func (f *follower) texts() (out []string) {
	for _, m := range f.got {
		_, n, _ := strings.Cut(string(m.Payload), `"n":`)
		n, _, _ = strings.Cut(n, "}")
		out = append(out, m.Event+"="+n)
	}
	return out
}

// ascends fails where ids do not strictly increase.
func (f *follower) ascends() {
	f.t.Helper()
	for i := 1; i < len(f.got); i++ {
		if !f.got[i-1].Mark.ID.Before(f.got[i].Mark.ID) {
			f.t.Fatalf("%s came after %s", f.got[i].Mark, f.got[i-1].Mark)
		}
	}
}

func shared(t *testing.T) *bench { t.Helper(); return on(t, testenv.Redis(t)) }
