package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// server is a Redis of this run's own, with an append-only file that is written to the disk every second.
type server struct {
	addr string
	dir  string
	cmd  *exec.Cmd
	rdb  *redis.Client
}

func startRedis(ctx context.Context) (*server, error) {
	dir, err := os.MkdirTemp("", "dispatcher-peers-")
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	s := &server{addr: fmt.Sprintf("127.0.0.1:%d", port), dir: dir}
	s.cmd = exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0", "--loglevel", "warning")
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start redis-server (make servers installs it): %w", err)
	}
	s.rdb = redis.NewClient(&redis.Options{Addr: s.addr, MaxRetries: -1, Protocol: 2, ReadTimeout: time.Minute})
	if err := run.AwaitRedis(ctx, s.rdb); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *server) stop() {
	_ = s.rdb.Close()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// info reads one number of INFO.
func (s *server) info(ctx context.Context, section, name string) float64 {
	for line := range strings.Lines(s.rdb.Info(ctx, section).Val()) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			f, _ := strconv.ParseFloat(v, 64)
			return f
		}
	}
	return 0
}

// cpu is the processor time that the server has used, in seconds.
func (s *server) cpu(ctx context.Context) float64 {
	return s.info(ctx, "cpu", "used_cpu_sys_main_thread") + s.info(ctx, "cpu", "used_cpu_user_main_thread")
}
