package chaos

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// stepRows end a worker at each single step.
func stepRows() []row {
	return []row{{
		matrix: "2", name: "crash-at-every-turn", fault: "SIGKILL before, within and after each step of passing on, parking and taking turns", short: true,
		few: 600, many: 3000, how: mix{millis: 100, tenants: 5, exports: 20}, harm: func(s *site) { s.crashAt(turnSteps(), 60) }, collect: alsoLive,
	}, {
		matrix: "2", name: "crash-at-every-step", fault: "SIGKILL before, within and after each step of reading, committing, recovering and posting", short: true,
		few: 600, many: 6000, how: mix{millis: 8, passing: 15, slow: 2, liveShare: 40}, harm: func(s *site) { s.crashAt(steps(), 8) }, collect: alsoLive,
	}}
}

// step is where a worker ends.
type step struct {
	name   string
	stream string
	m      moment
	// term has the worker asked to end first: what it does on that is the step.
	term bool
}

func (p step) String() string { return p.name + "/" + p.stream + "/" + p.m.String() }

func steps() (list []step) {
	for _, stream := range []string{input, outbox} {
		for _, name := range []string{"XREADGROUP", "commit", "claim"} {
			list = append(list, step{name: name, stream: stream, m: unheard}, step{name: name, stream: stream, m: heard})
		}
		list = append(list, step{name: "commit", stream: stream, m: unsent})
	}
	for _, m := range []moment{unsent, unheard, heard} {
		list = append(list, step{name: "progress", stream: input, m: m})
	}
	return append(list,
		step{name: "renew", stream: input, m: unheard},
		step{name: "HGETALL", stream: "ledger", m: unheard}, step{name: "HGETALL", stream: "ledger", m: heard},
		step{name: "move", stream: delayed, m: unheard}, step{name: "move", stream: delayed, m: heard},
		step{name: "POST", stream: outbox, m: unheard}, step{name: "POST", stream: outbox, m: heard},
		step{name: "release", stream: input, m: unsent, term: true}, step{name: "release", stream: input, m: unheard, term: true},
	)
}

// turnSteps are those of passing on what is of another class, and of tenants that take turns.
func turnSteps() (list []step) {
	for _, name := range []string{"park", "turn", "pass"} {
		for _, m := range []moment{unsent, unheard, heard} {
			list = append(list, step{name: name, stream: input, m: m})
		}
	}
	return append(list, step{name: "XREADGROUP", stream: export, m: unheard}, step{name: "commit", stream: export, m: unheard})
}

// crasher ends the worker when it comes to the step that is armed.
type crasher struct {
	mu     sync.Mutex
	armed  *step
	worker *testenv.Process
	fired  chan step
}

// arm makes the next time that the worker comes to a step its last.
func (c *crasher) arm(p step, worker *testenv.Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed, c.worker = &p, worker
}

// come is called wherever the worker is; true says that it has just ended.
func (c *crasher) come(name string, m moment, is func(stream string) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.armed
	if p == nil || p.name != name || p.m != m || !is(p.stream) {
		return false
	}
	c.armed = nil
	c.fired <- *p
	c.worker.Kill()
	return true
}

// crashAt has one worker, whose successor takes over what it leaves. For each step so many requests are sent beside the load.
func (s *site) crashAt(list []step, fed int) {
	rounds := 1
	if full() {
		rounds = 10
	}
	c := &crasher{fired: make(chan step, 1)}
	w := newWire(s.t, s.redis.Addr, &scripts{}, func(cmd command, m moment) bool {
		if m != unsent && !cmd.moved() {
			return false
		}
		return c.come(cmd.name, m, func(stream string) bool {
			return cmd.about(stream) || stream == "ledger" && strings.HasPrefix(cmd.args[1], input+":ledger:")
		})
	})
	s.live = newLiveService(s.t)
	s.live.answer = func(p *post, out http.ResponseWriter, _ *http.Request) {
		always := func(string) bool { return true }
		if c.come("POST", unheard, always) { // taken, and nobody hears of it
			out.WriteHeader(http.StatusNoContent)
			return
		}
		out.WriteHeader(http.StatusNoContent)
		_ = http.NewResponseController(out).Flush()
		c.come("POST", heard, always)
	}
	env := append(at(w.Addr), "APP_LIVE_SERVICE_URL="+s.live.URL, "APP_DISPATCHER_DRAIN_TIMEOUT=1")
	s.load(time.Duration(rounds*len(list)) * 400 * time.Millisecond)
	s.start("w0", env...)
	// hit has the worker come to a step, if it does, and a successor take its place.
	hit := func(p step, successor string) (come bool) {
		before := s.only()
		worker := s.workers[before]
		c.arm(p, worker)
		s.feed(fed)
		if p.term {
			long := func() { s.put(s.next(func(o *order, _ map[string]any) { o.Millis = 3000 })) } // longer than the drain
			long()
			s.eventually("it is being served", func() (bool, string) {
				groups, err := s.rdb.XInfoGroups(s.t.Context(), input).Result()
				if err == nil && len(groups) == 1 && groups[0].Lag == 0 && s.holds(before) == 0 {
					long() // the one before was done before anybody looked
					return false, "none"
				}
				return err == nil && len(groups) == 1 && groups[0].Lag == 0 && s.holds(before) > 0, fmt.Sprint(groups, err)
			})
			go func() { _, _ = worker.Stop(patience) }()
		}
		select {
		case <-c.fired:
			come = true
		case <-worker.Done(): // by SIGTERM, perhaps without coming to the step
			select {
			case <-c.fired:
				come = true
			default:
			}
		case <-time.After(30 * time.Second):
		}
		if come {
			s.fired(1)
		}
		c.arm(step{}, nil)
		s.kill(s.only())
		s.start(successor, env...)
		return come
	}
	come := map[string]bool{}
	for round := range rounds {
		s.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for n, p := range list {
			name := fmt.Sprintf("w%d-%d", round, n)
			if s.random.IntN(2) == 0 {
				name = "w0" // comes back under the name that it had
			}
			come[p.String()] = hit(p, name) || come[p.String()]
		}
	}
	for n, p := range list { // on a slow machine a drain may end before it comes to all of its steps
		for again := 0; again < 5 && !come[p.String()]; again++ {
			if p.name == "claim" { // something has to be left by the one before
				hit(step{name: "XREADGROUP", stream: p.stream, m: heard}, fmt.Sprintf("leaves%d-%d", again, n))
			}
			come[p.String()] = hit(p, fmt.Sprintf("again%d-%d", again, n))
		}
		if !come[p.String()] {
			s.t.Errorf("step %s was never come to", p)
		}
	}
	for n := range 3 { // what waits for its tenant's turn is more than one worker gets through soon
		s.start(fmt.Sprintf("rest-%d", n), env...)
	}
	s.verdict.note("%d steps, %d ends at them", len(list), s.verdict.fired)
}

// only is the name of the only worker.
func (s *site) only() string {
	for name := range s.workers {
		return name
	}
	s.t.Fatal("no worker runs")
	return ""
}

// feed sends a few requests beside the load: one that fails for a passing reason, one that takes its time, one for the live service.
func (s *site) feed(n int) {
	for i := range n {
		s.put(s.next(func(o *order, data map[string]any) {
			switch i % 4 {
			case 0:
				o.Do = doPass
			case 1:
				o.Millis = 700
			case 2:
				data["stream_tech"] = "SSE"
			}
		}))
	}
}
