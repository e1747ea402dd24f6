package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// process is a server that runs as a process of its own, so that its memory and its processor time are its own.
type process struct {
	cmd  *exec.Cmd
	addr string
}

func (b *bench) start(role string) (*process, error) {
	addr, err := run.FreeAddr()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envRole+"="+role, envAddr+"="+addr, envRedis+"="+b.redis.Addr)
	if role == shipped {
		cmd = exec.Command(b.o.server)
		_, port, _ := strings.Cut(addr, ":")
		host, redisPort, _ := strings.Cut(b.redis.Addr, ":")
		cmd.Env = append(os.Environ(), "PORT="+port, "APP_REDIS_HOST="+host, "APP_REDIS_PORT="+redisPort,
			"APP_DISPATCHER_INPUT_STREAM=in", "APP_DISPATCHER_CONSUMER_GROUP=g", "APP_DISPATCHER_CONSUMER_NAME=live",
			"APP_DISPATCHER_OUTPUT_STREAM_PREFIX="+prefix, "APP_DISPATCHER_REJECTED_STREAM=dead",
			"APP_GATEWAY_ADDRESS_STREAMS=0", "APP_GATEWAY_TENANT_STREAMS=0", "APP_LOG_LEVEL=error")
	}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // none outlives the measurement
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	p := &process{cmd, addr}
	for range 200 {
		if c, err := dial(addr, 0); err == nil {
			c.Close()
			return p, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.stop()
	return nil, fmt.Errorf("%s does not listen", role)
}

// memory is what the process has resident, in bytes: all of it, and what is not of files.
func (p *process) memory() (all, anonymous float64) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		kb, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "VmRSS:":
			all = kb * 1024
		case "RssAnon:":
			anonymous = kb * 1024
		}
	}
	return all, anonymous
}

// stop ends the process.
func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
