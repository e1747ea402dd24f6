package chaos

import "time"

// redisRows harm the server.
func redisRows() []row {
	return []row{
		{matrix: "6", name: "kill-redis-always", fault: "SIGKILL of Redis, AOF always", short: true, redis: aof("always"),
			few: 1000, many: 10_000, how: mix{millis: 2}, harm: killRedis},
		{matrix: "7", name: "kill-redis-everysec", fault: "SIGKILL of Redis, AOF every second", redis: aof("everysec"),
			few: 1000, many: 10_000, how: mix{millis: 2}, harm: killRedis},
	}
}

// killRedis kills the server in load and starts it again on its data.
func killRedis(s *site) {
	kills := 3
	if full() {
		kills = 15
	}
	s.startJoined("w0", "w1")
	s.load(time.Duration(kills) * 1500 * time.Millisecond)
	for n := range kills {
		before, inWork := s.ledger.acked(), false
		s.eventually("requests in work", func() (bool, string) {
			inWork = s.ledger.acked() > before+50 && s.pending() > 0
			return inWork || s.ledger.done(), "none pending"
		})
		if !inWork {
			s.t.Logf("%d of %d kills; the load was over by then", n, kills)
			break
		}
		s.fired(1)
		if s.row.matrix != "6" {
			s.mayLose(2 * time.Second)
		}
		s.redis.Kill()
		s.redis.Restart(s.t)
		s.up()
	}
}

// mayLose allows the loss of what was acknowledged within the last while, since the server did not promise more.
func (s *site) mayLose(last time.Duration) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	for _, r := range s.ledger.requests {
		if r.acked > 0 && time.Since(r.taken) < last {
			s.verdict.mayLose++
		}
	}
}
