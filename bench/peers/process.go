package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// Variables that tell a process of this program that it is a worker, and which.
const (
	envWorker = "PEERS_WORKER"
	envRedis  = "PEERS_REDIS"
	envPrefix = "PEERS_PREFIX"
)

// job is what a worker process works on: the stream (or queue) PREFIXin, and outputs at PREFIXout:KEY.
type job struct{ redis, prefix string }

// start runs a peer: this program again, or the peer's own command.
func (p *peer) start(j job) (*run.Process, error) {
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
	return run.Start(cmd, os.Stderr)
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
