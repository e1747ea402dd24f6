package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// memoryRows leave a worker no memory.
func memoryRows() []row {
	return []row{{
		matrix: "29", name: "no-memory-left", fault: "a worker's control group has too little memory for large results: the kernel kills it, again and again",
		env: []string{"GOMEMLIMIT=64MiB"},
		few: 300, many: 10_000, how: mix{millis: 3}, harm: noMemoryLeft,
	}}
}

// noMemoryLeft has the kernel end a worker that takes too much, as an orchestrator's limit does. It is started again each time; a peer has enough.
func noMemoryLeft(s *site) {
	huge := 40
	if full() {
		huge = 150
	}
	g := newMemoryGroup(s, 112<<20)
	ports := s.startCounted("w0", "w1")
	g.take(s.workers["w0"])
	s.load(8 * time.Second)
	ends := 0
	supervise := func() {
		select {
		case <-s.workers["w0"].Done():
			ends++
			g.take(s.start("w0", fmt.Sprintf("APP_DISPATCHER_METRICS_PORT=%d", ports["w0"])))
		default:
		}
	}
	for range huge {
		supervise()
		s.put(s.next(func(o *order, _ map[string]any) { o.Do = doHuge }))
	}
	s.eventually("all is served", func() (bool, string) {
		supervise()
		n := s.rdb.XLen(s.t.Context(), input).Val()
		return n == 0 && s.ledger.done(), fmt.Sprint(n, " left")
	})
	killed := g.killed()
	s.fired(killed)
	s.verdict.note("killed %d times for its memory, started again %d times", killed, ends)
	if killed < ends {
		s.t.Errorf("it ended %d times, %d of them for its memory", ends, killed)
	}
}

// memoryGroup is a control group with a limit of memory.
type memoryGroup struct {
	s   *site
	dir string
}

// newMemoryGroup makes one, in the first or the second version of control groups. That needs root.
func newMemoryGroup(s *site, limit int64) *memoryGroup {
	s.t.Helper()
	name := fmt.Sprintf("dispatcher-chaos-%d-%d", os.Getpid(), time.Now().UnixNano())
	var faults error
	for dir, file := range map[string]string{"/sys/fs/cgroup/memory": "memory.limit_in_bytes", "/sys/fs/cgroup": "memory.max"} {
		g := &memoryGroup{s: s, dir: filepath.Join(dir, name)}
		err := os.Mkdir(g.dir, 0o700)
		if err == nil {
			s.t.Cleanup(func() { _ = os.Remove(g.dir) }) // once its processes have ended: cleanups before this one see to that
			err = os.WriteFile(filepath.Join(g.dir, file), []byte(strconv.FormatInt(limit, 10)), 0o600)
		}
		if err == nil {
			return g
		}
		faults = errors.Join(faults, err)
	}
	s.t.Fatalf("no control group with a limit of memory can be made; it needs root: %v", faults)
	return nil
}

// take puts a worker into the group: what it takes from now on is counted.
func (g *memoryGroup) take(p *testenv.Process) {
	g.s.t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, "cgroup.procs"), []byte(strconv.Itoa(p.PID())), 0o600); err != nil {
		g.s.t.Fatal(err)
	}
}

// killed is how many processes the kernel has ended for their memory.
func (g *memoryGroup) killed() int {
	g.s.t.Helper()
	for _, file := range []string{"memory.oom_control", "memory.events"} {
		raw, err := os.ReadFile(filepath.Join(g.dir, file))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(raw)) {
			if f := strings.Fields(line); len(f) == 2 && f[0] == "oom_kill" {
				n, _ := strconv.Atoi(f[1])
				return n
			}
		}
	}
	g.s.t.Fatal("the control group does not say how many processes were killed")
	return 0
}
