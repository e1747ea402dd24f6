package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a server of a run's own, on a free port of this machine, with a folder that goes with it.
type Redis struct {
	Addr   string
	Client *redis.Client

	dir string
	cmd *exec.Cmd
}

// StartRedis starts a server that keeps nothing on the disk, unless settings (--name, value, …) say otherwise, and waits until it answers.
func StartRedis(ctx context.Context, settings ...string) (*Redis, error) {
	addr, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dispatcher-bench-redis-")
	if err != nil {
		return nil, err
	}
	s := &Redis{Addr: addr, dir: dir}
	s.cmd = exec.Command("redis-server", append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--loglevel", "warning"}, settings...)...)
	if err := s.cmd.Start(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("start redis-server (make servers installs it): %w", err)
	}
	s.Client = redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1, Protocol: 2, ReadTimeout: time.Minute})
	if err := AwaitRedis(ctx, s.Client); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// Stop ends the server and removes its folder.
func (s *Redis) Stop() {
	_ = s.Client.Close()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// CPU is the processor time that the server's main thread has used, in seconds.
func (s *Redis) CPU(ctx context.Context) float64 {
	return s.info(ctx, "cpu", "used_cpu_sys_main_thread") + s.info(ctx, "cpu", "used_cpu_user_main_thread")
}

// info reads one number of INFO.
func (s *Redis) info(ctx context.Context, section, name string) float64 {
	for line := range strings.Lines(s.Client.Info(ctx, section).Val()) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			f, _ := strconv.ParseFloat(v, 64)
			return f
		}
	}
	return 0
}

// The ports of a run's servers lie below those that a system gives to whoever asks for any, and those of the tests: nobody takes one between the choice and the start.
const firstPort, ports = 10_000, 10_000

// FreeAddr is an address of this machine that nobody listens on.
func FreeAddr() (string, error) {
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+rand.N(ports)))
		if l, err := net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("no port is free")
}
