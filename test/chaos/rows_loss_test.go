package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// lossRows have Redis lose what it holds, or refuse to take more.
func lossRows() []row {
	return []row{
		{matrix: "8", name: "cut-log", fault: "SIGKILL of Redis, and the last bytes of its AOF are gone; redis-check-aof --fix before it starts", redis: aof("everysec"),
			few: 600, many: 5000, how: mix{millis: 2}, harm: cutLog},
		{matrix: "9", name: "destroy-group", fault: "XGROUP DESTROY in load", short: true,
			few: 600, many: 10_000, how: mix{millis: 4, passing: 3}, harm: destroyGroup},
		{matrix: "9", name: "flush", fault: "FLUSHALL in load", few: 600, many: 5000, how: mix{millis: 4},
			harm: func(s *site) { forget(s, func() error { return s.rdb.FlushAll(s.t.Context()).Err() }) }},
		{matrix: "9", name: "delete-stream", fault: "DEL of the request stream in load", few: 600, many: 5000, how: mix{millis: 4},
			harm: func(s *site) { forget(s, func() error { return s.rdb.Del(s.t.Context(), input).Err() }) }},
		{matrix: "T0", name: "kill-redis-none", fault: "SIGKILL of a Redis that keeps nothing on disk", few: 600, many: 5000, how: mix{millis: 4},
			harm: func(s *site) {
				forget(s, func() error { s.redis.Kill(); s.redis.Restart(s.t); s.up(); return nil })
			}},
		{matrix: "17", name: "out-of-memory", fault: "maxmemory is reached, policy noeviction", short: true,
			few: 600, many: 5000, how: mix{millis: 3}, harm: outOfMemory},
	}
}

// destroyGroup takes the group away: it is made again from the stream's start, and what was half answered goes on where it was.
func destroyGroup(s *site) {
	times := 4
	if full() {
		times = 20
	}
	s.start("w0")
	s.start("w1")
	s.load(time.Duration(times) * 1500 * time.Millisecond)
	for range times {
		s.eventually("requests in work", func() (bool, string) { return s.pending() > 0 || s.ledger.done(), "none" })
		n, err := s.rdb.XGroupDestroy(s.t.Context(), input, group).Result()
		if err != nil {
			s.t.Fatal(err)
		}
		s.fired(int(n))
		s.eventually("the group is back", func() (bool, string) {
			groups, err := s.rdb.XInfoGroups(s.t.Context(), input).Result()
			return err == nil && len(groups) == 1, fmt.Sprint(err)
		})
	}
}

// forget has Redis lose what it holds. What was sent before is lost as far as it was not answered; all that is sent after it is served.
func forget(s *site, lose func() error) {
	times := 3
	if full() {
		times = 10
	}
	s.start("w0")
	s.start("w1")
	n := s.row.few
	if full() {
		n = s.row.many
	}
	unanswered := 0
	for range times {
		s.send(n / times)
		s.eventually("requests in work", func() (bool, string) { return s.pending() > 0, "none" })
		left := s.rdb.XLen(s.t.Context(), input).Val()
		if err := lose(); err != nil {
			s.t.Fatal(err)
		}
		s.fired(1)
		unanswered += int(left)
		s.ledger.forget()
		s.send(batch)
		s.eventually("what is sent later is served, with nobody's help", s.latestServed)
	}
	s.verdict.note("at most %d requests went unanswered with the server's memory; all later ones were served", unanswered)
}

// latestServed says whether the last batch has all its messages, and no more.
func (s *site) latestServed() (bool, string) {
	for _, r := range s.ledger.requests[len(s.ledger.requests)-batch:] {
		if n, want := s.rdb.XLen(s.t.Context(), output+key(r.number)).Val(), int64(len(r.widgets)+1); n != want {
			return false, fmt.Sprintf("request %d has %d messages of %d", r.number, n, want)
		}
	}
	return true, ""
}

// forget leaves all requests so far to their fate.
func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.requests {
		r.forgotten = true
	}
}

// cutLog takes the end of the append-only file away, as a power cut does.
func cutLog(s *site) {
	times := 3
	if full() {
		times = 10
	}
	s.start("w0")
	s.start("w1")
	s.load(time.Duration(times) * 2 * time.Second)
	cut := int64(0)
	for range times {
		s.eventually("requests in work", func() (bool, string) { return s.pending() > 0 || s.ledger.done(), "none" })
		s.mayLose(2 * time.Second)
		s.redis.Kill()
		files, err := filepath.Glob(filepath.Join(s.redis.Dir(), "appendonlydir", "*.incr.aof"))
		if err != nil || len(files) == 0 {
			s.t.Fatalf("no append-only file: %v", err)
		}
		last := files[len(files)-1]
		info, err := os.Stat(last)
		if err != nil {
			s.t.Fatal(err)
		}
		size := max(0, info.Size()-int64(1+s.random.IntN(4000)))
		if err := os.Truncate(last, size); err != nil {
			s.t.Fatal(err)
		}
		cut += info.Size() - size
		s.fixLog(filepath.Dir(last))
		s.redis.Restart(s.t)
		s.up()
		s.fired(1)
	}
	s.verdict.note("%d bytes cut off", cut)
}

// fixLog takes a transaction that was cut off out of the append-only file. Redis 7.0 itself takes away a command that was cut off and leaves the transaction's
// earlier ones, which its next start but one then executes: outputs whose acknowledgement is lost.
func (s *site) fixLog(dir string) {
	s.t.Helper()
	fix := exec.CommandContext(s.t.Context(), "redis-check-aof", "--fix", filepath.Join(dir, "appendonly.aof.manifest"))
	fix.Stdin = strings.NewReader("y\n")
	if out, err := fix.CombinedOutput(); err != nil {
		s.t.Fatalf("redis-check-aof: %v\n%s", err, out)
	}
}

// outOfMemory lets the server refuse writes for a while.
func outOfMemory(s *site) {
	times := 2
	if full() {
		times = 6
	}
	s.startJoined("w0", "w1")
	s.load(time.Duration(times) * 2 * time.Second)
	for range times {
		before := s.ledger.refused.Load()
		s.eventually("requests in work", func() (bool, string) { return s.pending() > 0 || s.ledger.done(), "none" })
		if s.ledger.done() {
			break
		}
		if err := s.rdb.ConfigSet(s.t.Context(), "maxmemory", "1mb").Err(); err != nil {
			s.t.Fatal(err)
		}
		s.eventually("requests are refused", func() (bool, string) { return s.ledger.refused.Load() > before || s.ledger.done(), "none" })
		time.Sleep(2 * lease) // the fault itself
		if err := s.rdb.ConfigSet(s.t.Context(), "maxmemory", "0").Err(); err != nil {
			s.t.Fatal(err)
		}
	}
	s.fired(int(s.ledger.refused.Load()))
	s.verdict.note("%d requests refused at first", s.ledger.refused.Load())
}
