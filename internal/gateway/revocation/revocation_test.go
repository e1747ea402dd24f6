package revocation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func client(t *testing.T, addr string) redis.UniversalClient {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, MaxRetries: -1, DialTimeout: time.Minute, ReadTimeout: time.Minute, WriteTimeout: time.Minute})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// follow runs a list until the test ends. It reads all of the stream at every fourth look.
func follow(t *testing.T, rdb redis.UniversalClient, key string) *List {
	t.Helper()
	l := NewList(rdb, key, slog.New(slog.DiscardHandler))
	l.whole = 4
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return l
}

// await returns once a list has been read; on a busy machine that takes longer than a token waits for it.
func await(t *testing.T, l *List) {
	t.Helper()
	testenv.Eventually(t, time.Minute, "the list is read", func() (bool, string) { err := l.Await(t.Context()); return err == nil, fmt.Sprint(err) })
}

func until(t *testing.T, l *List, what string, who *caller.Caller) {
	t.Helper()
	testenv.Eventually(t, time.Minute, what, func() (bool, string) { return l.Revoked(who), "not revoked" })
}

func everywhere(t *testing.T, f func(t *testing.T, rdb redis.UniversalClient)) {
	t.Helper()
	for name, addr := range map[string]string{"redis": testenv.Redis(t), "embedded": miniredis.RunT(t).Addr()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, client(t, addr))
		})
	}
}

func keyOf(t *testing.T) string {
	return Key(fmt.Sprintf("revocation:%s:%d", t.Name(), time.Now().UnixNano()))
}

func add(t *testing.T, rdb redis.UniversalClient, key string, r Revocation) Revocation {
	t.Helper()
	made, err := Add(t.Context(), rdb, key, r)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestRevokedEverywhere: each list that follows knows it, one that is there already and one that starts later, and tokens that were not meant are left alone.
func TestRevokedEverywhere(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, rdb redis.UniversalClient) {
		t.Helper()
		key, now := keyOf(t), time.Now().Truncate(time.Second)
		before := follow(t, rdb, key)
		await(t, before)
		changed := before.Changed()
		add(t, rdb, key, Revocation{TokenID: "t1"})
		<-changed
		add(t, rdb, key, Revocation{Subject: "ann", IssuedBefore: now})
		add(t, rdb, key, Revocation{Subject: "bob", Tenant: "7"})
		add(t, rdb, key, Revocation{Tenant: "9", TokenID: "t9"})
		last := add(t, rdb, key, Revocation{Tenant: "8", Why: "left", By: "eve", ExpiresAt: now.Add(time.Hour)})
		after := follow(t, rdb, key)
		await(t, after)
		for _, l := range []*List{before, after} {
			until(t, l, "the last one is known", &caller.Caller{Tenant: "8"})
			for name, tc := range map[string]struct {
				who     caller.Caller
				revoked bool
			}{
				"the token":                      {caller.Caller{TokenID: "t1", Subject: "x", Tenant: "y", Issued: now.Add(time.Hour)}, true},
				"another token":                  {caller.Caller{TokenID: "t2", Subject: "x", Issued: now.Add(-time.Hour)}, false},
				"the subject":                    {caller.Caller{TokenID: "t2", Subject: "ann", Tenant: "1", Issued: now.Add(-time.Second)}, true},
				"the subject, without iat":       {caller.Caller{Subject: "ann"}, true},
				"the subject, signed in again":   {caller.Caller{Subject: "ann", Issued: now}, false},
				"the tenant's subject":           {caller.Caller{Subject: "bob", Tenant: "7", Issued: now}, true},
				"a second after now":             {caller.Caller{Subject: "bob", Tenant: "7", Issued: now.Add(time.Minute)}, false},
				"another tenant's subject":       {caller.Caller{Subject: "bob", Tenant: "70"}, false},
				"the tenant":                     {caller.Caller{Subject: "kim", Tenant: "8", TokenID: "t3"}, true},
				"another tenant":                 {caller.Caller{Subject: "kim", Tenant: "80"}, false},
				"a token's id of another tenant": {caller.Caller{TokenID: "t9", Tenant: "8x"}, false},
				"who has no names":               {caller.Caller{}, false},
			} {
				if got := l.Revoked(&tc.who); got != tc.revoked {
					t.Errorf("%s: revoked is %v", name, got)
				}
			}
		}
		list, err := Counting(t.Context(), rdb, key)
		if err != nil || len(list) != 5 || list[0] != last || list[0].Why != "left" || list[0].By != "eve" || !list[0].ExpiresAt.Equal(now.Add(time.Hour)) || list[4].TokenID != "t1" {
			t.Errorf("%v, %+v", err, list)
		}
		// The stream lasts as long as the revocation that lasts longest.
		if left := rdb.PTTL(t.Context(), key).Val(); left < Usual-time.Minute || left > Usual+2*time.Minute {
			t.Errorf("the stream is there for another %v", left)
		}
	})
}

// TestItEnds: a revocation whose tokens have ended counts no longer, and the next one takes it off.
func TestItEnds(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, rdb redis.UniversalClient) {
		t.Helper()
		key := keyOf(t)
		l := follow(t, rdb, key)
		await(t, l)
		who, seen := &caller.Caller{TokenID: "short"}, false
		for lasts := 3 * time.Second; !seen && lasts < time.Minute; lasts *= 2 { // on a busy machine it may end before it is read
			changed := l.Changed()
			add(t, rdb, key, Revocation{TokenID: "short", ExpiresAt: time.Now().Add(lasts)})
			select {
			case <-changed:
				seen = l.Revoked(who)
			case <-time.After(lasts):
			}
		}
		if !seen {
			t.Error("it is never seen revoked")
		}
		testenv.Eventually(t, 2*time.Minute, "it has ended", func() (bool, string) { return !l.Revoked(who), "revoked" })
		if list, err := Counting(t.Context(), rdb, key); err != nil || len(list) != 0 {
			t.Errorf("%v, %+v", err, list)
		}
		made := add(t, rdb, key, Revocation{Subject: "ann"})
		if entries := rdb.XRange(t.Context(), key, "-", "+").Val(); len(entries) != 1 || entries[0].ID != made.ID {
			t.Errorf("the stream has %+v", entries)
		}
	})
}

// TestRedisGoesAndComes: nobody is known of before the first look; what was known holds without Redis, and by one that has lost it.
func TestRedisGoesAndComes(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	rdb, key := client(t, server.Addr), keyOf(t)
	add(t, rdb, key, Revocation{Subject: "ann"})
	server.Kill()
	l := follow(t, rdb, key)
	if err := l.Await(t.Context()); !errors.Is(err, ErrUnknown) {
		t.Errorf("nothing was read yet: %v", err)
	}
	server.Restart(t)
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	ann, bob := &caller.Caller{Subject: "ann"}, &caller.Caller{Subject: "bob"}
	add(t, rdb, key, Revocation{Subject: "ann"})
	until(t, l, "it is known with the first look", ann)
	server.Kill()
	if !l.Revoked(ann) || l.Await(t.Context()) != nil {
		t.Error("what was known is forgotten")
	}
	server.Restart(t)
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	// Its clock went back: ids begin below those that were read.
	if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: key, ID: "1-1", Values: (&Revocation{Subject: "bob", IssuedBefore: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}).fields()}).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, l, "the new one is known", bob)
	if !l.Revoked(ann) {
		t.Error("what Redis has lost is forgotten")
	}
}

func TestMoreThanAPage(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, rdb redis.UniversalClient) {
		t.Helper()
		key := keyOf(t)
		pipe := rdb.Pipeline()
		for i := range 2*page + 1 {
			r := Revocation{TokenID: fmt.Sprint(i), ExpiresAt: time.Now().Add(time.Hour)}
			pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: key, Values: r.fields()})
		}
		pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: key, Values: []any{"what", "somebody else puts there"}})
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		l := follow(t, rdb, key)
		await(t, l)
		for _, id := range []int{0, page, 2 * page} {
			if !l.Revoked(&caller.Caller{TokenID: fmt.Sprint(id)}) {
				t.Errorf("%d is not revoked", id)
			}
		}
		if l.Revoked(&caller.Caller{}) || l.Revoked(&caller.Caller{TokenID: "other"}) {
			t.Error("somebody else is")
		}
	})
}

func TestWhatCannotBe(t *testing.T) {
	t.Parallel()
	rdb := client(t, testenv.Redis(t))
	now := time.Now()
	for name, r := range map[string]Revocation{
		"nobody": {Why: "x"}, "control characters": {Subject: "a\nb"}, "too long": {Tenant: strings.Repeat("x", longestName+1)}, "a long reason": {Subject: "a", Why: strings.Repeat("x", longestName+1)},
		"has ended": {Subject: "a", ExpiresAt: now.Add(-time.Second)}, "never ends": {Subject: "a", ExpiresAt: now.Add(2 * Longest)}, "tokens of tomorrow": {Subject: "a", IssuedBefore: now.Add(48 * time.Hour)},
	} {
		if _, err := Add(t.Context(), rdb, keyOf(t), r); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// As many as there may be.
	key := keyOf(t)
	for range Most / page {
		pipe := rdb.Pipeline()
		for range page {
			pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: key, Values: []any{"expires_at", now.Add(time.Hour).Unix()}})
		}
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { rdb.Del(context.WithoutCancel(t.Context()), key) })
	if _, err := Add(t.Context(), rdb, key, Revocation{Subject: "a"}); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
}
