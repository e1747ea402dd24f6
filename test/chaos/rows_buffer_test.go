package chaos

import (
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// bufferRows poll the hash that an API polls, on another Redis than the broker, while workers end.
func bufferRows() []row {
	return []row{{
		matrix: "34", name: "poll-buffer", fault: "SIGKILL before, within and after each write to the poll buffer's Redis; readers poll all the while", short: true,
		few: 300, many: 3000, how: mix{tech: "API", millis: 3, passing: 10}, harm: pollBuffer, collect: buffered,
	}}
}

// pollBuffer ends the only worker at the steps of the other server.
func pollBuffer(s *site) {
	ends := 6
	if full() {
		ends = 60
	}
	backend := testenv.StartRedis(s.t)
	s.backend = redis.NewClient(patient(redis.Options{Addr: backend.Addr}))
	s.t.Cleanup(func() { _ = s.backend.Close() })
	c := &crasher{fired: make(chan step, 1)}
	w := newWire(s.t, backend.Addr, &scripts{}, func(cmd command, m moment) bool {
		return c.come(cmd.name, m, func(string) bool { return true })
	})
	host, port, _ := strings.Cut(w.Addr, ":")
	env := []string{"APP_BACKEND_REDIS_SERVER=" + host, "APP_BACKEND_REDIS_PORT=" + port}
	s.start("w0", env...)
	s.load(time.Duration(ends) * 800 * time.Millisecond)
	for n := range ends {
		worker := s.workers[s.only()]
		c.arm(step{name: "progress", m: moment(n % 3)}, worker) // to the other server, all of a request is
		s.eventually("the worker has ended", func() (bool, string) {
			left := s.poll()
			select {
			case <-c.fired:
				s.fired(1)
				return true, ""
			default:
				return s.ledger.done() && left == 0, "not yet"
			}
		})
		c.arm(step{}, nil)
		s.kill(s.only())
		s.start(fmt.Sprintf("w%d", n+1), env...)
		s.poll()
	}
	s.eventually("all buffers are complete", func() (bool, string) {
		left := s.poll()
		return left == 0 && s.ledger.done(), fmt.Sprintf("%d left", left)
	})
}

const (
	bufferPrefix = "PUBLISH_ENGINE::BUFFER::"
	statusPrefix = "EVENT::STATUS::"
	bufferedNow  = "BUFFERED_EVENT_IN_GO_DISPATCHER_TO_REDIS"
)

// poll looks once at each buffer that was not complete, as its reader does: first at the status, then at the fields. What is complete is kept, since
// buffers do not last. It returns how many are left.
func (s *site) poll() (left int) {
	s.t.Helper()
	s.ledger.mu.Lock()
	var open []*request
	for _, r := range s.ledger.requests {
		if r.acked > 0 && r.buffer == nil {
			open = append(open, r)
		}
	}
	s.ledger.mu.Unlock()
	if len(open) == 0 {
		return 0
	}
	statuses := make([]*redis.StringCmd, len(open))
	fields := make([]*redis.MapStringStringCmd, len(open))
	pipe := s.backend.Pipeline()
	for i, r := range open {
		statuses[i] = pipe.Get(s.t.Context(), statusPrefix+key(r.number))
	}
	for i, r := range open {
		fields[i] = pipe.HGetAll(s.t.Context(), bufferPrefix+key(r.number))
	}
	_, _ = pipe.Exec(s.t.Context()) // a status that is not there is an error of its own
	for i, r := range open {
		if statuses[i].Val() != bufferedNow {
			left++
			continue
		}
		r.buffer = fields[i].Val()
		if got := len(r.buffer); got < len(r.widgets)+1 {
			s.t.Errorf("request %d was complete with %d fields of %d", r.number, got, len(r.widgets))
		}
	}
	return left
}

// buffered are the messages in the buffers; the count of a buffer must be that of one request.
func buffered(s *site) map[int][]message {
	got := map[int][]message{}
	for _, r := range s.ledger.requests {
		for field, value := range r.buffer {
			switch field {
			case "__processed_count__":
				if value != "1" {
					s.verdict.doubled++
					s.verdict.sample("request %d was counted %s times", r.number, value)
				}
			default:
				s.take(got, key(r.number), value)
			}
		}
	}
	return got
}
