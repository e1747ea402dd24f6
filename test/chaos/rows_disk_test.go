package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// diskRows leave Redis no room on its disk.
func diskRows() []row {
	return []row{{
		matrix: "19", name: "disk-full", fault: "Redis cannot write its append-only file, for a while", redis: aof("everysec"),
		few: 600, many: 5000, how: mix{millis: 3}, harm: diskFull,
	}}
}

// diskFull bounds the size of the files that Redis may write: what comes next fails as it does on a full disk, and Redis refuses writes (MISCONF) until it can write again.
func diskFull(s *site) {
	times := 2
	if full() {
		times = 6
	}
	s.start("w0")
	s.start("w1")
	s.load(time.Duration(times) * 3 * time.Second)
	limit := func(n string) {
		if out, err := exec.CommandContext(s.t.Context(), "prlimit", "--pid", strconv.Itoa(s.redis.PID()), "--fsize="+n+":unlimited").CombinedOutput(); err != nil {
			s.t.Fatalf("prlimit: %v\n%s", err, out)
		}
	}
	for range times {
		s.eventually("requests in work", func() (bool, string) { return s.pending() > 0 || s.ledger.done(), "none" })
		if s.ledger.done() {
			s.t.Log("the load was over before the disk was full again")
			break
		}
		limit(strconv.FormatInt(s.logSize(), 10))
		s.eventually("Redis refuses writes", func() (bool, string) {
			status := s.info("persistence", "aof_last_write_status")
			if status == "err" {
				s.fired(1)
			}
			return status == "err" || s.ledger.done(), status
		})
		time.Sleep(2 * lease) // the fault itself
		limit("unlimited")
		s.eventually("Redis writes again", func() (bool, string) {
			status := s.info("persistence", "aof_last_write_status")
			return status == "ok", status
		})
	}
	s.verdict.note("%d requests refused at first", s.ledger.refused.Load())
}

// logSize is how large the append-only file is that Redis writes to.
func (s *site) logSize() int64 {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.redis.Dir(), "appendonlydir", "*.incr.aof"))
	if err != nil || len(files) == 0 {
		s.t.Fatalf("no append-only file: %v", err)
	}
	info, err := os.Stat(files[len(files)-1])
	if err != nil {
		s.t.Fatal(err)
	}
	return info.Size()
}

// info is one line of what the server says of itself.
func (s *site) info(section, name string) string {
	text, err := s.rdb.Info(s.t.Context(), section).Result()
	if err != nil {
		return fmt.Sprint(err)
	}
	_, after, _ := strings.Cut(text, name+":")
	value, _, _ := strings.Cut(after, "\r\n")
	return value
}
