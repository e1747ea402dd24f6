// Package testenv hands tests the real servers that they need, starting what the environment does not name. A server that
// cannot be had fails the test: it is never skipped.
package testenv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// startLimit bounds the start of a server; a busy machine wants seconds for it.
const startLimit = time.Minute

// EnvRedis names a running Redis for the tests alone, as host:port.
const EnvRedis = "DISPATCHER_TEST_REDIS"

//nolint:gochecknoglobals // one server a test process: its start is what takes time
var shared struct {
	once sync.Once
	addr string
	err  error
}

// Redis returns the address of a real Redis that all tests of the process share; each keeps to keys of its own. It ends
// with the process.
func Redis(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() {
		if addr := os.Getenv(EnvRedis); addr != "" {
			shared.addr, shared.err = addr, ping(addr, startLimit)
			return
		}
		dir, err := os.MkdirTemp("", "dispatcher-redis-") //nolint:usetesting // outlives the test that starts it
		if err != nil {
			shared.err = err
			return
		}
		s, err := launch(dir, nil)
		if err != nil {
			shared.err = err
			return
		}
		shared.addr = s.Addr
	})
	if shared.err != nil {
		t.Fatalf("no Redis for the tests: %v\ninstall redis-server (make servers), or name one in %s", shared.err, EnvRedis)
	}
	return shared.addr
}

// Server is a Redis of a test's own, which the test may kill.
type Server struct {
	Addr string
	// Env is what the server has besides the test's environment, from its next start on.
	Env  []string
	args []string
	dir  string
	*Process
}

// StartRedis starts a Redis for one test, with further command-line arguments.
func StartRedis(t testing.TB, args ...string) *Server {
	t.Helper()
	s, err := launch(t.TempDir(), args)
	if err != nil {
		t.Fatalf("no Redis for the test: %v\ninstall redis-server (make servers)", err)
	}
	t.Cleanup(func() { s.Kill() }) // whichever process it is then
	return s
}

// Restart starts a killed server again, on its port and its data.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
}

func launch(dir string, args []string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), dir: dir, args: append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--dir", dir, "--loglevel", "warning",
	}, args...)}
	return s, s.run()
}

func (s *Server) run() error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), path, s.args...)
	cmd.Env = append(os.Environ(), s.Env...)
	s.Process, err = launchProcess(cmd)
	if err != nil {
		return err
	}
	if err := ping(s.Addr, startLimit); err != nil {
		s.Kill()
		return fmt.Errorf("redis-server: %w\n%s", err, s.Tail())
	}
	return nil
}

// ping waits until the server answers.
func ping(addr string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	defer rdb.Close()
	for {
		err := rdb.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// Dir is the folder that holds the server's data.
func (s *Server) Dir() string { return s.dir }
