package chaos

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const primaryName = "dispatcher"

// failoverRows move the work to the replica. Redis copies to it without waiting, so what was acknowledged just before may be gone: that is shown, and bounded.
func failoverRows() []row {
	return []row{
		{matrix: "13", name: "failover", fault: "SENTINEL FAILOVER in load", few: 600, many: 5000, how: mix{millis: 10, passing: 3},
			harm: func(s *site) {
				s.failover(func(sentinel *redis.SentinelClient) {
					if err := sentinel.Failover(s.t.Context(), primaryName).Err(); err != nil {
						s.t.Fatal(err)
					}
				})
			}},
		{matrix: "14", name: "kill-primary", fault: "SIGKILL of the primary in load; a sentinel promotes its replica", few: 600, many: 5000, how: mix{millis: 10, passing: 3},
			harm: func(s *site) { s.failover(s.killPrimary) }},
		{matrix: "14", name: "kill-primary-waiting", fault: "the same, where producers and workers WAIT for the replica", few: 600, many: 5000, how: mix{millis: 10, passing: 3, wait: true},
			env:  []string{"APP_DISPATCHER_WAIT_REPLICAS=1", "APP_DISPATCHER_WAIT_TIMEOUT=50"},
			harm: func(s *site) { s.failover(s.killPrimary) }},
	}
}

// killPrimary has the sentinel notice that the primary is gone.
func (s *site) killPrimary(sentinel *redis.SentinelClient) {
	s.redis.Kill()
	testenv.MissPrimary(s.t, sentinel, primaryName)
}

// failover has the replica promoted by what harm does, and goes on with it.
func (s *site) failover(harm func(sentinel *redis.SentinelClient)) {
	host, port, err := net.SplitHostPort(s.redis.Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	replica := testenv.StartRedis(s.t, "--replicaof", host+" "+port)
	there := redis.NewClient(&redis.Options{Addr: replica.Addr, Protocol: 2, MaxRetries: -1})
	s.t.Cleanup(func() { _ = there.Close() })
	role := func(want string) func() (bool, string) {
		return func() (bool, string) {
			info := there.Info(s.t.Context(), "replication").Val()
			return strings.Contains(info, want), info
		}
	}
	s.eventually("the replica follows", role("master_link_status:up"))
	watcher := testenv.StartSentinel(s.t, primaryName, s.redis.Addr)
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: watcher.Addr})
	s.t.Cleanup(func() { _ = sentinel.Close() })
	s.eventually("the sentinel knows it", func() (bool, string) {
		list, err := sentinel.Replicas(s.t.Context(), primaryName).Result()
		return err == nil && len(list) == 1 && strings.Contains(list[0]["flags"], "slave") && !strings.Contains(list[0]["flags"], "down"), "not yet"
	})
	s.env = slices.Concat(s.env, []string{"APP_REDIS_SENTINELS=" + watcher.Addr, "APP_REDIS_SENTINEL_MASTER=" + primaryName})
	s.startJoined("w0", "w1")
	half := s.row.few / 2
	if full() {
		half = s.row.many / 2
	}
	s.send(half)
	s.eventually("requests in work", func() (bool, string) { return s.pending() > 0, "none" })
	if !s.row.how.wait {
		s.mayLose(2 * time.Second)
	}
	harm(sentinel)
	from := time.Now()
	s.eventually("the replica is promoted", role("role:master"))
	s.fired(1)
	s.verdict.note("promoted after %v", time.Since(from).Round(100*time.Millisecond))
	s.redis, s.rdb = replica, there
	s.row.how.wait = false // the new primary has no replica: what is sent now is safe on it alone
	s.send(half)
}
