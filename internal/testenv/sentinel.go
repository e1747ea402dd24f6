package testenv

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
)

// StartSentinel starts a sentinel for one test that watches a primary alone. It takes it for gone after a minute, so that a busy machine makes it promote
// nobody; MissPrimary shortens that.
func StartSentinel(t testing.TB, name, primary string) *Server {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	host, at, err := net.SplitHostPort(primary)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "sentinel.conf")
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor %s %s %s 1\nsentinel down-after-milliseconds %s 60000\nsentinel failover-timeout %s 5000\n", port, dir, name, host, at, name, name)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), dir: dir, args: []string{conf, "--sentinel"}}
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Kill() })
	return s
}

// MissPrimary has a sentinel take the primary, which the test has killed, for gone after a second.
func MissPrimary(t testing.TB, sentinel *redis.SentinelClient, name string) {
	t.Helper()
	if err := sentinel.Set(t.Context(), name, "down-after-milliseconds", "1000").Err(); err != nil {
		t.Fatal(err)
	}
}
