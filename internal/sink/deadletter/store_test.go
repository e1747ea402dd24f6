package deadletter

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestReplayPutsTheRequestBackOnceByteForByte(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	prefix := fmt.Sprintf("dead:%d:", time.Now().UnixNano())
	s := &Sink{Stream: prefix + "rejected"}
	store := &Store{Redis: rdb, Stream: s.Stream, Input: prefix + "in"}
	write := func(l *Letter) {
		op, ok := s.Write(l).(commit.Append)
		if !ok {
			t.Fatal("not an append")
		}
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: op.Stream, Values: op.Fields}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	write(&Letter{Payload: "{\"a\":\xff}", EventName: "insights", Reason: "bad_json", MessageID: "1-1", Fields: []string{"payload", "{\"a\":\xff}", "extra", "x", "__attempt", "2"}})
	write(&Letter{Payload: "live", Reason: "live_failed", MessageID: "2-1", Stream: prefix + "outbox", Fields: []string{"payload", "live", "webhook_id", "w"}})

	var found []*Stored
	if err := store.Each(t.Context(), Filter{Reason: "bad_json"}, func(l *Stored) (bool, error) { found = append(found, l); return true, nil }); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Fields["eventName"] != "insights" {
		t.Fatalf("found %+v", found)
	}
	if _, err := store.Replay(t.Context(), found[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Replay(t.Context(), found[0]); !errors.Is(err, ErrNotFound) {
		t.Errorf("the second replay: %v", err)
	}
	in := rdb.XRange(t.Context(), store.Input, "-", "+").Val()
	if len(in) != 1 || in[0].Values["payload"] != "{\"a\":\xff}" || in[0].Values["extra"] != "x" || in[0].Values[ReplayedField] != found[0].ID {
		t.Errorf("replayed as %+v", in)
	}
	if _, ok := in[0].Values["__attempt"]; ok {
		t.Error("the attempts of before are charged again")
	}
	if err := store.Each(t.Context(), Filter{}, func(l *Stored) (bool, error) {
		_, err := store.Replay(t.Context(), l)
		return true, err
	}); err != nil {
		t.Fatal(err)
	}
	if n := rdb.XLen(t.Context(), prefix+"outbox").Val(); n != 1 {
		t.Errorf("a live event goes back to the outbox: %d there", n)
	}
	if n := rdb.XLen(t.Context(), s.Stream).Val(); n != 0 {
		t.Errorf("%d dead letters are left", n)
	}
}

// On a cluster the dead letters may be in another slot than the requests: a replay that ended before its letter was removed is not one more request.
func TestReplayOnACluster(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: testenv.RedisCluster(t).Addrs(), Protocol: 2, MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	store := &Store{Redis: rdb, Stream: "rejected", Input: "{requests}"}
	if commit.Slot(store.Stream) == commit.Slot(store.Input) {
		t.Fatal("one slot")
	}
	add := func(id string) {
		t.Helper()
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: store.Stream, ID: id, Values: []string{"payload", "p", "reason", "r"}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	add("1-1")
	letter, err := store.Get(t.Context(), "1-1")
	if err != nil {
		t.Fatal(err)
	}
	first, err := store.Replay(t.Context(), letter)
	if err != nil {
		t.Fatal(err)
	}
	if rdb.Del(t.Context(), store.Stream); rdb.XLen(t.Context(), store.Stream).Val() != 0 {
		t.Fatal("the letter stays")
	}
	add("1-1") // as if its removal had been lost
	second, err := store.Replay(t.Context(), letter)
	if err != nil || second != first {
		t.Errorf("again: %s, %v; the first was %s", second, err, first)
	}
	if n := rdb.XLen(t.Context(), store.Input).Val(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// A letter of 20,000 fields is written by the script that commits, whole, and goes back as it came.
func TestALetterOfThousandsOfFields(t *testing.T) {
	t.Parallel()
	const most = 20_000
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	in := fmt.Sprintf("many:%d:in", time.Now().UnixNano())
	s := &Sink{Stream: in + ":rejected"}
	store := &Store{Redis: rdb, Stream: s.Stream, Input: in}
	if err := rdb.XGroupCreateMkStream(t.Context(), in, "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for i := range most {
		fields = append(fields, fmt.Sprintf("f%d", i), fmt.Sprintf("\xff\x00%d", i))
	}
	fields = append(fields, "payload", "p\xff")
	send(t, rdb, in, s.Write(&Letter{Payload: "p\xff", Reason: "bad_json", MessageID: "1-1", Fields: fields}))
	var found []*Stored
	if err := store.Each(t.Context(), Filter{Reason: "bad_json"}, func(l *Stored) (bool, error) { found = append(found, l); return true, nil }); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Fields["payload"] != "p\xff" {
		t.Fatalf("%d letters", len(found))
	}
	for i := 0; i < len(fields)-2; i += 2 {
		if found[0].Fields["original:"+fields[i]] != fields[i+1] {
			t.Fatalf("field %s of the letter is %q", fields[i], found[0].Fields["original:"+fields[i]])
		}
	}
	if _, err := store.Replay(t.Context(), found[0]); err != nil {
		t.Fatal(err)
	}
	entries := rdb.Do(t.Context(), "XRANGE", in, "-", "+").Val().([]any)
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	var back []string
	for _, v := range entries[0].([]any)[1].([]any) {
		back = append(back, v.(string))
	}
	got := make(map[string]string)
	for back = commit.Unfold(back); len(back) > 1; back = back[2:] {
		got[back[0]] = back[1]
	}
	for i := 0; i < len(fields); i += 2 {
		if got[fields[i]] != fields[i+1] {
			t.Fatalf("field %s of the replayed entry is %q", fields[i], got[fields[i]])
		}
	}
}

// send writes ops as a consumer does.
func send(t *testing.T, rdb *redis.Client, in string, ops ...commit.Op) {
	t.Helper()
	c := commit.New(commit.Options{
		Redis: rdb, Names: commit.NamesOf(in), Group: "g", Consumer: "me", Window: time.Hour, LedgerTTL: time.Hour, OnNoGroup: func(context.Context) error { return nil },
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { c.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()
	w := make(waiter, 1)
	if err := c.Submit(t.Context(), commit.Submission{Outputs: []commit.Output{{Ops: ops}}}, w); err != nil {
		t.Fatal(err)
	}
	if err := <-w; err != nil {
		t.Fatal(err)
	}
}

type waiter chan error

func (w waiter) Answered(_ commit.Status, err error) { w <- err }

func (waiter) Lost() bool { return false }

// TestPickedByTime: from and until, and what is purged is gone.
func TestPickedByTime(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	store := &Store{Redis: rdb, Stream: fmt.Sprintf("dead:%d:times", time.Now().UnixNano())}
	for _, ms := range []string{"1000-0", "2000-0", "2000-1", "3000-0"} {
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: store.Stream, ID: ms, Values: []string{"reason", "bad_json"}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	ids := func(f Filter) (got []string) {
		t.Helper()
		if err := store.Each(t.Context(), f, func(l *Stored) (bool, error) { got = append(got, l.ID); return true, nil }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, c := range []struct {
		since, until int64
		want         string
	}{{0, 0, "[1000-0 2000-0 2000-1 3000-0]"}, {2000, 0, "[2000-0 2000-1 3000-0]"}, {0, 2000, "[1000-0 2000-0 2000-1]"}, {1500, 2500, "[2000-0 2000-1]"}, {4000, 0, "[]"}} {
		var f Filter
		if c.since > 0 {
			f.Since = time.UnixMilli(c.since)
		}
		if c.until > 0 {
			f.Until = time.UnixMilli(c.until)
		}
		if got := fmt.Sprint(ids(f)); got != c.want {
			t.Errorf("%d to %d: %s, want %s", c.since, c.until, got, c.want)
		}
	}
	if err := store.Purge(t.Context(), &Stored{ID: "2000-1"}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(ids(Filter{})); got != "[1000-0 2000-0 3000-0]" {
		t.Errorf("after a purge: %s", got)
	}
}
