package consumer

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// Whether finished entries may be deleted depends on other groups alone, not on whether ours is there at that moment.
func TestAloneWithoutAGroup(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	c := New(Options{Redis: rdb, Stream: fmt.Sprintf("t:%s:%d", t.Name(), time.Now().UnixNano()), Group: "g", Name: "c"})
	if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: c.Stream, Values: []string{"payload", "x"}}).Err(); err != nil {
		t.Fatal(err)
	}
	for groups, alone := range []bool{true, true, false} {
		if groups > 0 {
			if err := rdb.XGroupCreate(t.Context(), c.Stream, fmt.Sprintf("g%d", groups), "0").Err(); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.checkAlone(t.Context()); err != nil || c.alone.Load() != alone {
			t.Errorf("with %d groups: alone %v, want %v (%v)", groups, c.alone.Load(), alone, err)
		}
	}
}
