package chaos

import (
	"encoding/binary"

	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// clockRows change what time the server thinks it is.
func clockRows() []row {
	return []row{{
		matrix: "23", name: "clock-jumps", fault: "the clock of Redis jumps by an hour and by a day, forward and back", short: true,
		few: 800, many: 10_000, how: mix{millis: 4, passing: 10}, harm: clockJumps,
	}}
}

// clockJumps has the server start with a clock that the row sets. Nothing may expire with it that a request needs, and no entry's id may be lower than one before.
func clockJumps(s *site) {
	rounds := 1
	if full() {
		rounds = 6
	}
	set := s.ownClock()
	s.startJoined("w0", "w1")
	jumps := []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, 0}
	s.load(time.Duration(rounds*len(jumps)) * 700 * time.Millisecond)
	last := time.Duration(0)
	for range rounds {
		for _, jump := range jumps {
			before := s.ledger.acked()
			s.eventually("requests in work", func() (bool, string) {
				return s.ledger.done() || s.ledger.acked() > before+50 && s.pending() > 0, "none pending"
			})
			set(jump)
			now := s.rdb.Time(s.t.Context()).Val()
			if off := time.Until(now); off > jump-time.Minute && off < jump+time.Minute && jump != last && !s.ledger.done() {
				s.fired(1)
			}
			last = jump
		}
	}
	s.quiet()
}

// ownClock starts the server anew with a clock that is off by what the function sets.
func (s *site) ownClock() (set func(off time.Duration)) {
	s.t.Helper()
	dir := s.t.TempDir()
	library, clock := filepath.Join(dir, "clock.so"), filepath.Join(dir, "clock")
	build := exec.CommandContext(s.t.Context(), "cc", "-O1", "-shared", "-fPIC", "-o", library, filepath.Join("testdata", "clock.c"))
	if out, err := build.CombinedOutput(); err != nil {
		s.t.Fatalf("cc: %v\n%s", err, out)
	}
	set = func(off time.Duration) {
		s.t.Helper()
		f, err := os.OpenFile(clock, os.O_WRONLY|os.O_CREATE, 0o600)
		if err == nil {
			_, err = f.Write(binary.NativeEndian.AppendUint64(nil, uint64(int64(off/time.Second))))
		}
		if err != nil {
			s.t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			s.t.Fatal(err)
		}
	}
	set(0)
	s.redis.Kill()
	s.redis.Env = []string{"LD_PRELOAD=" + library, "CHAOS_CLOCK=" + clock}
	s.redis.Restart(s.t)
	s.up()
	set(-time.Hour)
	if now := s.rdb.Time(s.t.Context()).Val(); time.Since(now) < time.Minute {
		s.t.Fatalf("the server still has the machine's time, %v", now)
	}
	set(0)
	return set
}
