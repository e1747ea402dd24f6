package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"
)

// mixRows do one harm after the other.
func mixRows() []row {
	return []row{
		{matrix: "35", name: "anything", fault: "one harm after the other, at random: workers and Redis killed, stopped, drained, cut off, the group destroyed, memory full", redis: aof("always"),
			few: 1500, many: 10_000, how: mix{millis: 5, passing: 5, liveShare: 20}, harm: anything, collect: alsoLive},
	}
}

// anything does what the other rows do, in an order of the seed's.
func anything(s *site) {
	harms := 12
	if full() {
		harms = 80
	}
	s.live = newLiveService(s.t)
	env := "APP_LIVE_SERVICE_URL=" + s.live.URL
	names := []string{"w0", "w1", "w2"}
	for _, name := range names {
		s.start(name, env)
		s.joined(name)
	}
	s.load(time.Duration(harms) * 700 * time.Millisecond)
	count := map[string]int{}
	for n := range harms {
		s.eventually("entries in work", func() (bool, string) { return s.pending() > 0 || s.ledger.done(), "none" })
		if s.ledger.done() && s.pending() == 0 {
			break
		}
		s.fired(1)
		at := s.random.IntN(len(names))
		victim := names[at]
		what := []string{"kill", "stop", "drain", "kill-redis", "stop-redis", "cut", "group", "memory"}[s.random.IntN(8)]
		count[what]++
		switch what {
		case "kill":
			s.kill(victim)
			names[at] = fmt.Sprintf("w%d-%d", at, n)
			s.start(names[at], env)
			s.joined(names[at]) // what is told to end before that ends at once
		case "stop":
			s.workers[victim].Signal(s.t, syscall.SIGSTOP)
			time.Sleep(2 * lease) // the fault itself
			s.workers[victim].Signal(s.t, syscall.SIGCONT)
		case "drain":
			p := s.workers[victim]
			s.weigh(p)
			if err, ended := p.Stop(patience); err != nil || !ended {
				s.t.Errorf("%s: ended %v: %v", victim, ended, err)
			}
			s.start(victim, env)
			s.joined(victim)
		case "kill-redis":
			s.redis.Kill()
			s.redis.Restart(s.t)
			s.up()
		case "stop-redis":
			s.redis.Signal(s.t, syscall.SIGSTOP)
			time.Sleep(lease) // the fault itself
			s.redis.Signal(s.t, syscall.SIGCONT)
			s.up()
		case "cut":
			_ = s.rdb.ClientKillByFilter(s.t.Context(), "TYPE", "normal", "SKIPME", "yes").Err()
		case "group":
			_ = s.rdb.XGroupDestroy(s.t.Context(), input, group).Err()
		case "memory":
			_ = s.rdb.ConfigSet(s.t.Context(), "maxmemory", "1mb").Err()
			time.Sleep(lease / 2) // the fault itself
			s.eventually("memory is given back", func() (bool, string) {
				err := s.rdb.ConfigSet(s.t.Context(), "maxmemory", "0").Err()
				return err == nil, fmt.Sprint(err)
			})
		}
	}
	var did []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		did = append(did, fmt.Sprintf("%s %d", what, count[what]))
	}
	s.verdict.note("%s", strings.Join(did, ", "))
}
