package commit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestSlot holds the slots to those of the server.
func TestSlot(t *testing.T) {
	t.Parallel()
	c := testenv.RedisCluster(t)
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), Protocol: 2, MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	keys := []string{"", "a", "foo", "{d:0}", "{d:0}:delayed", "x{y}z{w}", "a{}b{c}", "{", "}{", "{{x}}", "out:€", "PUBLISH_ENGINE::BUFFER::1", strings.Repeat("k", 300)}
	for i := range 300 {
		keys = append(keys, fmt.Sprintf("key-%d", i))
	}
	for _, key := range keys {
		want, err := rdb.Do(t.Context(), "CLUSTER", "KEYSLOT", key).Int64()
		if err != nil {
			t.Fatal(err)
		}
		if got := Slot(key); int64(got) != want {
			t.Errorf("%q is in %d, want %d", key, got, want)
		}
		if b := Beside(key, "{d}:ledger:1"); Slot(b) != Slot(key) {
			t.Errorf("%q is not beside %q", b, key)
		}
	}
}
