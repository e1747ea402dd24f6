package testenv

import (
	"bytes"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process is a program that a test has started. It ends with the test process, however that ends.
type Process struct {
	cmd  *exec.Cmd
	out  buffer
	done chan struct{}
	err  error
}

// StartProcess starts a program for one test, which prints its output when it has failed.
func StartProcess(t testing.TB, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	p, err := launchProcess(cmd)
	if err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%s printed:\n%s", name, p.Tail())
		}
	})
	return p
}

func launchProcess(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	cmd.SysProcAttr = endWithParent()
	started := make(chan error, 1)
	go func() {
		defer close(p.done)
		// The kernel ends the program with the thread that started it: this one, which lives as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
	}()
	return p, <-started
}

// Kill ends the program at once, as a power cut would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Signal sends a signal, such as SIGSTOP for a program that hangs.
func (p *Process) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// Stop sends SIGTERM and waits for the end: how the program ended, and whether it did within the limit.
func (p *Process) Stop(limit time.Duration) (err error, ended bool) { //nolint:revive // the error is the program's, not the call's
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return p.err, true
	case <-time.After(limit):
		return nil, false
	}
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// PID is the program's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output is what the program has printed so far.
func (p *Process) Output() string { return p.out.String() }

// Tail is the end of the output, as much as a failed test shows.
func (p *Process) Tail() string {
	const most = 6000
	s := p.Output()
	if len(s) <= most {
		return s
	}
	return "…" + s[len(s)-most:]
}

// buffer is a bytes.Buffer for two goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
