package events

import (
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// stall opens a stream and never reads from it.
func (s *site) stall(path string) {
	s.t.Helper()
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1) })
	}}
	c, err := d.DialContext(s.t.Context(), "tcp", s.server.Addr())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
		s.t.Fatal(err)
	}
}

// counted is the line of a metric.
func (s *site) counted(metric string) string {
	w := httptest.NewRecorder()
	s.metrics.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, metric+" ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// TestAStalledClientIsCutOff, and the others miss nothing meanwhile.
func TestAStalledClientIsCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t, trusted(), func(e *Events) { e.Patience = 10 * time.Second }) // which the other has, too, on a busy machine
	s.stall("/v1/streams/k/events")
	other := s.open("/v1/streams/k/events")
	other.next()
	testenv.Eventually(t, time.Minute, "both follow", func() (bool, string) {
		saw := s.counted("dispatcher_feed_subscribers")
		return saw == "dispatcher_feed_subscribers 2", saw
	})
	data := `"` + strings.Repeat("x", 64<<10) + `"`
	for i := range 200 {
		s.send("k", fmt.Sprint("P__W", i), data)
		if got := other.next(); !strings.HasPrefix(got.data, fmt.Sprintf(`{"eventName":"P__W%d"`, i)) {
			t.Fatalf("%d: got %.60s", i, got.data)
		}
	}
	testenv.Eventually(t, 2*time.Minute, "it is cut off", func() (bool, string) {
		saw := s.counted("dispatcher_feed_evicted_total")
		return saw == "dispatcher_feed_evicted_total 1", saw
	})
}

// TestSilenceIsBroken, while nothing comes, and while Redis is away: who comes then waits for its hello.
func TestSilenceIsBroken(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	s := newSiteOn(t, server.Addr, trusted(), func(e *Events) { e.Silence = 50 * time.Millisecond })
	follows := s.open("/v1/streams/k/events")
	follows.next()
	beats := func(r *reader, want string) {
		t.Helper()
		for n := 0; n < 3; {
			line, err := r.lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(line) == want {
				n++
			}
		}
	}
	beats(follows, ":")
	beats(s.open("/v1/streams/k/events", "Accept", "application/x-ndjson"), `{"event":"heartbeat"}`)
	server.Kill()
	beats(follows, ":")
	late := s.open("/v1/streams/other/events")
	beats(late, ":")
	server.Restart(t)
	if got := late.next(); got.event != "hello" {
		t.Errorf("got %+v", got)
	}
	if got := follows.next(); got.event != "reset" || got.data != `{"reason":"epoch"}` {
		t.Errorf("got %+v", got)
	}
}
