package deadletter

import (
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
