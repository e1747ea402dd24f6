package run

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is one that is measured: it runs apart from the measurement, so that its memory and its processor time are its own, and never outlives it.
type Process struct {
	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
}

// Start runs a command; what it writes to its standard error goes to errors.
func Start(cmd *exec.Cmd, errors io.Writer) (*Process, error) {
	cmd.Stderr = errors
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p := &Process{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.gone)
	}()
	return p, nil
}

// CPU is the processor time that the process and its children have used.
func (p *Process) CPU() (total time.Duration) {
	for _, pid := range tree(p.cmd.Process.Pid) {
		total += CPU(pid)
	}
	return total
}

// Peak is the sum of the largest resident sizes that the process and its children have had, in MB.
func (p *Process) Peak() (total float64) {
	for _, pid := range tree(p.cmd.Process.Pid) {
		total += peak(pid)
	}
	return total
}

// Stop ends the process, gently at first.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.gone
	}
}

// Ended says that the process is no longer there.
func (p *Process) Ended() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

func peak(pid int) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(v)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// tree returns a process and all that descend from it.
func tree(root int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return []int{root}
	}
	children := make(map[int][]int)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if f := statFields(pid); len(f) > 1 {
			parent, _ := strconv.Atoi(f[1])
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// statFields is what /proc says of a process behind its name: state, parent, …
func statFields(pid int) []string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	text := string(raw)
	return strings.Fields(text[strings.LastIndex(text, ") ")+1:])
}
