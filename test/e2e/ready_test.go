package e2e

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestReadyNamesWhatIsDown takes away, and gives back, what a worker and a server need: a store, the Redis of buffers, the broker. Both say which part is
// down, in words without an address or a password; /health goes on saying that the process lives.
func TestReadyNamesWhatIsDown(t *testing.T) {
	t.Parallel()
	const canary = "s3cret-canary"
	broker, backend := testenv.StartRedis(t), testenv.StartRedis(t)
	host, port, _ := strings.Cut(backend.Addr, ":")
	documents := cableTo(t, testenv.MongoDB(t))
	catalog := filepath.Join(t.TempDir(), "catalog.yaml")
	write(t, catalog, `version: 1
sources:
  documents: {kind: mongodb, database: d, url_env: READY_MONGODB}
  unneeded: {kind: http, url_env: READY_HTTP, allow_private: true}
  services: {kind: http, url_env: READY_SERVICES, allow_private: true}
datasets:
  d: {source: documents, table: rows, tenant: none, measures: {n: {agg: count}}}
  later: {source: services, request: {path: /rows}, tenant: none, measures: {n: {agg: count}}}
pages:
  P: {dataset: d, widgets: {w: {kind: stat, measures: [n]}}}
`)
	metrics, served := openPort(t), openPort(t)
	s := newSiteOn(t, broker.Addr, "APP_DISPATCHER_CATALOG="+catalog, "APP_DISPATCHER_DATA="+t.TempDir(), "APP_DISPATCHER_METRICS_PORT="+metrics, "PORT="+served, "APP_LOG_FORMAT=json",
		"READY_HTTP=http://u:"+canary+"@"+closedPort(t), "APP_BACKEND_REDIS_SERVER="+host, "APP_BACKEND_REDIS_PORT="+port,
		"READY_MONGODB=mongodb://"+documents.address+"/?serverSelectionTimeoutMS=500&appName="+canary)
	processes := []*process{s.start("consumer", "c1"), s.start("server", "s1")}
	says := func(what string, code int, words ...string) {
		t.Helper()
		for name, port := range map[string]string{"consumer": metrics, "server": served} {
			s.eventually(30*time.Second, what+": /ready of the "+name, func() (bool, string) {
				got, body := ask(t, port, "/ready")
				for _, word := range words {
					if !strings.Contains(body, word) {
						return false, body
					}
				}
				for _, secret := range []string{canary, documents.address, broker.Addr, backend.Addr} {
					if strings.Contains(body, secret) {
						t.Fatalf("%s: the %s tells %s: %s", what, name, secret, body)
					}
				}
				return got == code && strings.Count(body, `"name"`) == strings.Count(strings.Join(words, ""), `"name"`), body
			})
			if code, body := ask(t, port, "/health"); code != 200 {
				t.Errorf("%s: /health of the %s: %d %s", what, name, code, body)
			}
		}
	}
	says("all is there", 200, `{"ready":true}`)
	documents.cut()
	says("the store is away", 503, `"ready":false`, `{"name":"sources","error":"documents: `)
	documents.mend(t)
	says("the store is back", 200, `{"ready":true}`)
	backend.Kill()
	says("the Redis of buffers is away", 503, `{"name":"backend_redis","error":"does not answer"}`)
	backend.Restart(t)
	says("the Redis of buffers is back", 200, `{"ready":true}`)
	broker.Kill()
	says("the broker is away", 503, `{"name":"redis","error":"does not answer"}`, `{"name":"group","error":"does not answer"}`)
	for _, p := range processes {
		if strings.Contains(p.log.String(), canary) {
			t.Errorf("a log tells a secret:\n%s", p.log.String())
		}
		for line := range strings.Lines(p.log.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("a line of a log of JSON: %s", line)
			}
		}
	}
}

// ask gets a path of a process on this machine; the code is 0 where it does not answer.
func ask(t *testing.T, port, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(body))
}

// openPort is a port that nobody listens at.
func openPort(t *testing.T) string {
	t.Helper()
	return testenv.FreePort(t)
}

// cable leads to a server until it is cut, and again when it is mended.
type cable struct {
	address, to string
	mu          sync.Mutex
	listener    net.Listener // nil while it is cut
	open        []net.Conn
}

func cableTo(t *testing.T, server string) *cable {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{address: closedPort(t), to: u.Host}
	c.mend(t)
	t.Cleanup(c.cut)
	return c
}

// mend listens, at the address of before.
func (c *cable) mend(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", c.address) //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.listener = l
	c.mu.Unlock()
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(l, from)
		}
	}()
}

func (c *cable) carry(l net.Listener, from net.Conn) {
	defer func() { _ = from.Close() }()
	to, err := net.Dial("tcp", c.to) //nolint:noctx // on loopback
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	c.mu.Lock()
	whole := c.listener == l // it may have been cut meanwhile
	if whole {
		c.open = append(c.open, from, to)
	}
	c.mu.Unlock()
	if !whole {
		return
	}
	go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
	_, _ = io.Copy(to, from)
}

// cut ends all connections, and takes no more.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listener != nil {
		_ = c.listener.Close()
	}
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.listener, c.open = nil, nil
}
