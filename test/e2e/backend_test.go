package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestBuffersOnAnotherRedis keeps buffers and statuses on a server of their own, and kills consumers meanwhile: each request
// is counted once there too.
func TestBuffersOnAnotherRedis(t *testing.T) {
	t.Parallel()
	backend := testenv.StartRedis(t)
	host, port, _ := strings.Cut(backend.Addr, ":")
	there := redis.NewClient(&redis.Options{Addr: backend.Addr})
	t.Cleanup(func() { _ = there.Close() })
	s := newSite(t, "APP_BACKEND_REDIS_SERVER="+host, "APP_BACKEND_REDIS_PORT="+port,
		"APP_DISPATCHER_LEASE=1000", "APP_DISPATCHER_SLOTS=8", "APP_DISPATCHER_DELIVERY_LIMIT=1000")
	const requests, kills = 600, 6
	buffer, status := "PUBLISH_ENGINE::BUFFER::k", "EVENT::STATUS::k"
	there.HSet(t.Context(), buffer, "__meta__", fmt.Sprintf(`{"total_messages":%d}`, requests))
	p := s.start("consumer", "c-0")
	for i := range requests {
		s.send(strings.Replace(echoRequest(s, i, []string{fmt.Sprintf("w%d", i)}), fmt.Sprintf(`"r-%d"`, i), `"k","stream_tech":"API"`, 1))
		if i%(requests/kills) == requests/kills-1 {
			s.eventually(10*time.Second, "work has begun", func() (bool, string) {
				left := s.rdb.XLen(t.Context(), s.input()).Val()
				return left <= int64(i), fmt.Sprint(left)
			})
			p.kill()
			p = s.start("consumer", fmt.Sprintf("c-%d", i))
		}
	}
	s.settled(60 * time.Second)
	fields := there.HGetAll(t.Context(), buffer).Val()
	if n := fields["__processed_count__"]; n != fmt.Sprint(requests) {
		t.Errorf("counted %s requests, want %d", n, requests)
	}
	for i := range requests {
		if fields[fmt.Sprintf("EchoPage__w%d", i)] == "" {
			t.Errorf("widget w%d is missing", i)
		}
	}
	if v := there.Get(t.Context(), status).Val(); v != "BUFFERED_EVENT_IN_GO_DISPATCHER_TO_REDIS" {
		t.Errorf("status %q", v)
	}
	if n := s.rdb.Exists(t.Context(), buffer).Val(); n != 0 {
		t.Error("the buffer is on the broker too")
	}
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}
