package chaos

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// fileRows leave workers no file descriptors.
func fileRows() []row {
	return []row{
		{matrix: "30", name: "no-files-left", fault: "a worker has no file descriptor left for its connections to Redis",
			few: 400, many: 4000, how: mix{millis: 3}, harm: noFilesLeft},
		{matrix: "30", name: "no-files-for-guests", fault: "connections to a worker's HTTP port take every file descriptor that it has left",
			few: 400, many: 10_000, how: mix{millis: 3}, harm: noFilesForGuests},
	}
}

// noFilesLeft takes away the files of a worker: connections to its HTTP port use up what it may open, and those to Redis are cut.
func noFilesLeft(s *site) {
	s.start("w0")
	port := s.startCounted("w1")["w1"]
	worker := s.workers["w1"]
	s.load(8 * time.Second)
	s.eventually("it works", func() (bool, string) { return s.holds("w1") > 0 || s.ledger.done(), "none" })
	heal := s.leaveFiles(worker, 4)
	guests := s.guests(port, 64)
	s.eventually("no file is left", func() (bool, string) {
		if err := s.rdb.ClientKillByFilter(s.t.Context(), "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
			return false, err.Error()
		}
		return strings.Contains(worker.Output(), "too many open files"), worker.Tail()
	})
	s.fired(strings.Count(worker.Output(), "too many open files"))
	s.eventually("its peer has taken over", func() (bool, string) { n := s.holds("w1"); return n == 0, fmt.Sprint(n) })
	for _, c := range guests {
		_ = c.Close()
	}
	heal()
	s.eventually("it works again", func() (bool, string) {
		s.send(batch)
		return s.holds("w1") > 0, "none"
	})
}

// noFilesForGuests has guests take the files that are left: those of Redis stay, work goes on, and the port answers when guests have been shown out.
func noFilesForGuests(s *site) {
	if err := s.rdb.Do(s.t.Context(), "ACL", "SETUSER", workerUser, "on", "nopass", "~*", "&*", "+@all").Err(); err != nil {
		s.t.Fatal(err)
	}
	s.env = append(s.env, "APP_REDIS_USERNAME="+workerUser, "APP_REDIS_PASSWORD=any")
	port := s.startCounted("w0")["w0"]
	worker := s.workers["w0"]
	s.load(8 * time.Second)
	s.eventually("it works", func() (bool, string) { return s.holds("w0") > 0 || s.ledger.done(), "none" })
	const left = 8
	before := s.connections(workerUser)
	if len(before) == 0 {
		s.t.Fatal("the worker has no connection to Redis")
	}
	heal := s.leaveFiles(worker, left)
	defer heal()
	guests := s.guests(port, 3*left)
	const none = "too many open files"
	s.eventually("no file is left", func() (bool, string) { return strings.Contains(worker.Output(), none), worker.Tail() })
	s.send(5 * batch)
	s.eventually("work goes on", func() (bool, string) {
		n := s.rdb.XLen(s.t.Context(), input).Val()
		return n == 0, fmt.Sprint(n, " left")
	})
	from := time.Now()
	status, body := s.get(port, "/health")
	if status != http.StatusOK {
		s.t.Errorf("/health: %d %s", status, body)
	}
	refused := strings.Count(worker.Output(), none)
	s.fired(refused)
	s.verdict.note("/health answered after %v, without a file for %d of %d guests at first", time.Since(from).Round(100*time.Millisecond), 2*left, 3*left)
	if refused > 1000 {
		s.t.Errorf("it was tried %d times to accept a guest: nothing waits between them", refused)
	}
	after := s.connections(workerUser)
	for _, id := range before {
		if !slices.Contains(after, id) {
			s.t.Errorf("connection %s to Redis was not kept", id)
		}
	}
	for _, c := range guests {
		_ = c.Close()
	}
}

// leaveFiles lets a worker open so many files more, until heal is called.
func (s *site) leaveFiles(worker *testenv.Process, left int) (heal func()) {
	s.t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", worker.PID()))
	if err != nil {
		s.t.Fatal(err)
	}
	limit := func(n int) {
		if out, err := exec.CommandContext(s.t.Context(), "prlimit", "--pid", strconv.Itoa(worker.PID()), fmt.Sprintf("--nofile=%d:4096", n)).CombinedOutput(); err != nil {
			s.t.Fatalf("prlimit: %v\n%s", err, out)
		}
	}
	limit(len(files) + left)
	return func() { limit(1024) }
}

// guests connect to a port and say nothing.
func (s *site) guests(port, n int) (guests []net.Conn) {
	s.t.Helper()
	for range n {
		c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(s.t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			s.t.Fatal(err)
		}
		guests = append(guests, c)
	}
	return guests
}

// connections are the ids of a user's connections to Redis.
func (s *site) connections(user string) (ids []string) {
	s.t.Helper()
	text, err := s.rdb.ClientList(s.t.Context()).Result()
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, " user="+user+" ") {
			id, _, _ := strings.Cut(line, " ")
			ids = append(ids, id)
		}
	}
	return ids
}
