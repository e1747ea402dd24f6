package chaos

import (
	"fmt"
	"syscall"
	"time"
)

// workerRows harm the workers.
func workerRows() []row {
	return []row{
		{matrix: "1", name: "kill-workers", fault: "SIGKILL of a random worker, again and again", short: true,
			few: 1500, many: 10_000, how: mix{millis: 3, passing: 2}, harm: killWorkers},
		{matrix: "1", name: "kill-in-turn", fault: "SIGKILL of a random worker while entries of six tenants take turns, one in five of another class", short: true,
			few: 1500, many: 10_000, how: mix{millis: 30, passing: 2, tenants: 6, exports: 20}, harm: killInTurn},
		{matrix: "3", name: "stop-workers", fault: "SIGSTOP of a random worker past its lease, then SIGCONT", short: true,
			few: 800, many: 10_000, how: mix{millis: 5}, harm: stopWorkers},
		{matrix: "4", name: "drain-workers", fault: "SIGTERM of each of four workers in turn, in load", short: true,
			few: 1200, many: 10_000, how: mix{millis: 5}, harm: drainWorkers},
	}
}

// killWorkers kills one of three workers at a time. Half of them come back under their old name, half under a new one.
func killWorkers(s *site) {
	kills := 6
	if full() {
		kills = 200
	}
	names := []string{"w0", "w1", "w2"}
	for _, name := range names {
		s.start(name)
	}
	s.load(6 * time.Second)
	for n := range kills {
		s.eventually("entries in work", func() (bool, string) { return s.pending() > 0 || s.over(), "none pending" })
		if s.over() {
			s.t.Logf("%d of %d kills; the load was over by then", n, kills)
			break
		}
		victim := s.random.IntN(len(names))
		s.kill(names[victim])
		if s.pending() > 0 {
			s.fired(1)
		}
		if s.random.IntN(2) == 0 {
			names[victim] = fmt.Sprintf("w%d-%d", victim, n)
		}
		s.start(names[victim])
	}
}

// killInTurn kills one of three workers at a time while entries are parked.
func killInTurn(s *site) {
	kills := 5
	if full() {
		kills = 60
	}
	names := []string{"w0", "w1", "w2"}
	for _, name := range names {
		s.start(name)
	}
	s.load(3 * time.Second)
	for n := range kills {
		s.eventually("entries are parked", func() (bool, string) { return s.parked() > 0 || s.over(), "none" })
		if s.over() {
			s.t.Logf("%d of %d kills; the load was over by then", n, kills)
			break
		}
		victim := s.random.IntN(len(names))
		s.kill(names[victim])
		s.fired(1)
		names[victim] = fmt.Sprintf("w%d-%d", victim, n)
		s.start(names[victim])
	}
}

// stopWorkers stops one of three workers for two leases: its peers take over what it holds, and what it commits when it goes on must be refused.
func stopWorkers(s *site) {
	stops := 2
	if full() {
		stops = 12
	}
	names := []string{"w0", "w1", "w2"}
	ports := s.startCounted(names...)
	s.load(time.Duration(stops) * 3 * time.Second)
	for range stops {
		victim := names[s.random.IntN(len(names))]
		s.eventually("the victim is stopped while it holds entries", func() (bool, string) {
			if s.holds(victim) == 0 {
				return s.ledger.done(), "it holds none"
			}
			s.workers[victim].Signal(s.t, syscall.SIGSTOP)
			if s.holds(victim) > 0 {
				return true, ""
			}
			s.workers[victim].Signal(s.t, syscall.SIGCONT)
			return s.ledger.done(), "it was through with them"
		})
		s.eventually("peers have taken over", func() (bool, string) { n := s.holds(victim); return n == 0, fmt.Sprintf("%d still held", n) })
		s.workers[victim].Signal(s.t, syscall.SIGCONT)
	}
	s.quiet()
	fenced := 0
	for _, name := range names {
		fenced += s.counter(ports[name], "dispatcher_commit_submissions_total", `"fenced"`) + s.counter(ports[name], "dispatcher_entries_total", `"lost"`)
	}
	s.fired(fenced)
	s.verdict.note("%d commits refused or leases lost", fenced)
}

// drainWorkers restarts four workers one after the other by SIGTERM: each ends with nothing pending for it, and nobody waits for it.
func drainWorkers(s *site) {
	rounds := 1
	if full() {
		rounds = 3
	}
	names := []string{"w0", "w1", "w2", "w3"}
	s.startJoined(names...)
	s.load(time.Duration(rounds) * 8 * time.Second)
	for range rounds {
		for _, name := range names {
			holds := false
			for range 20 { // it drains something, wherever the load is
				s.put(s.next(func(o *order, _ map[string]any) { o.Millis = 500 }))
			}
			s.eventually("work goes on", func() (bool, string) {
				holds = s.holds(name) > 0
				return holds || s.over(), "none"
			})
			if holds {
				s.fired(1)
			}
			p := s.workers[name]
			s.weigh(p)
			if err, ended := p.Stop(patience); err != nil || !ended {
				s.t.Errorf("%s: ended %v: %v", name, ended, err)
			}
			if n := s.holds(name); n != 0 {
				s.t.Errorf("%s left %d entries pending", name, n)
			}
			s.start(name)
			s.joined(name)
		}
	}
	s.quiet()
	longest := s.longestWait()
	s.verdict.note("longest wait of a request %v", longest.Round(time.Millisecond))
	if full() && longest > 2*time.Second {
		s.t.Errorf("a request waited %v", longest)
	}
}
