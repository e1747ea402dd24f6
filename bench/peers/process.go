package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Variables that tell a process of this program that it is a worker, and which.
const (
	envWorker = "PEERS_WORKER"
	envRedis  = "PEERS_REDIS"
	envPrefix = "PEERS_PREFIX"
)

// job is what a worker process works on: the stream (or queue) PREFIXin, and outputs at PREFIXout:KEY.
type job struct{ redis, prefix string }

// process is a worker that runs as a process of its own, so that its memory and its processor time are its own.
type process struct{ cmd *exec.Cmd }

// start runs a peer: this program again, or the peer's own command.
func (p *peer) start(j job) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envWorker+"="+p.name, envRedis+"="+j.redis, envPrefix+"="+j.prefix)
	if p.command != nil {
		if cmd, err = p.command(j); err != nil {
			return nil, err
		}
	}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // no worker outlives the measurement
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	return &process{cmd}, nil
}

// peak is the largest resident size that a running process has had, in MB.
func (p *process) peak() float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if v, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(v)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// stop ends the process, gently at first.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	gone := make(chan struct{})
	go func() { _ = p.cmd.Wait(); close(gone) }()
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-gone
	}
}

// work runs this process as a worker until it is told to stop.
func work(ctx context.Context, name string) error {
	for _, p := range peers() {
		if p.name == name && p.work != nil {
			return p.work(ctx, job{redis: os.Getenv(envRedis), prefix: os.Getenv(envPrefix)})
		}
	}
	return fmt.Errorf("no worker is called %q", name)
}
