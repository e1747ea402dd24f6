package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// holds is how many entries are pending for a worker.
func (s *site) holds(name string) int {
	p, err := s.rdb.XPendingExt(s.t.Context(), &redis.XPendingExtArgs{Stream: input, Group: group, Start: "-", End: "+", Count: 1000, Consumer: name}).Result()
	if err != nil {
		return 0
	}
	return len(p)
}

// startJoined starts workers and waits until they are members of the group: what happens to a load that ends by the clock happens to them.
func (s *site) startJoined(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.start(name)
	}
	for _, name := range names {
		s.joined(name)
	}
}

// joined waits until a worker is a member of the group.
func (s *site) joined(name string) {
	s.t.Helper()
	s.eventually(name+" has joined", func() (bool, string) {
		beats, err := s.rdb.HGetAll(s.t.Context(), input+":consumers").Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return false, err.Error()
		}
		return beats[name] != "", fmt.Sprint(beats)
	})
}

// longestWait is the longest time between a request's entry and its closing message in which its widgets were not at work.
func (s *site) longestWait() (longest time.Duration) {
	s.t.Helper()
	for _, r := range s.ledger.requests {
		last, err := s.rdb.XRevRangeN(s.t.Context(), output+key(r.number), "+", "-", 1).Result()
		if err != nil {
			s.t.Fatal(err)
		}
		if len(last) == 1 {
			longest = max(longest, time.UnixMilli(millis(last[0].ID)).Sub(r.at)-r.work)
		}
	}
	return longest
}

func millis(id string) int64 {
	text, _, _ := strings.Cut(id, "-")
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// startCounted starts workers whose metrics can be read, and returns their ports.
func (s *site) startCounted(names ...string) map[string]int {
	s.t.Helper()
	ports := map[string]int{}
	for _, name := range names {
		port := testenv.FreePort(s.t)
		ports[name], _ = strconv.Atoi(port)
		s.start(name, "APP_DISPATCHER_METRICS_PORT="+port)
		s.joined(name)
	}
	return ports
}

// get asks a worker over HTTP.
func (s *site) get(port int, path string) (status int, body string) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", port, path), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw)
}

// counter adds up the series of a worker's metric that have the labels.
func (s *site) counter(port int, name string, labels ...string) (sum int) {
	_, body := s.get(port, "/metrics")
	for line := range strings.Lines(body) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if !strings.HasPrefix(series, name+"{") || slices.ContainsFunc(labels, func(l string) bool { return !strings.Contains(series, l) }) {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			s.t.Errorf("metric %s: %v", line, err)
		}
		sum += int(v)
	}
	return sum
}

// consumed is how many entries a worker was handed, by operation: receive or claim.
func (s *site) consumed(port int, operation string) int {
	return s.counter(port, "messaging_client_consumed_messages_total", `"`+operation+`"`)
}
