//go:build linux

// Command stall runs a command, a test for example, and holds up one of its processes at a time for some seconds, as a busy machine does. What fails under
// it and not without it takes an order or a pace for granted. It ends as the command does, and says what it has held up.
//
//	go run ./tools/stall go test -race ./internal/feed
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	var s stall
	flag.DurationVar(&s.least, "least", time.Second, "how long a process is held up at least")
	flag.DurationVar(&s.most, "most", 3500*time.Millisecond, "and at most: clients of the tests wait longer than that")
	flag.DurationVar(&s.pause, "pause", 400*time.Millisecond, "how long all of them run at most until the next one is held up")
	flag.StringVar(&s.only, "only", "", "hold up these alone, by the names of their programs: consumer,redis-server")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: stall [flags] command [argument…]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 || s.least < 0 || s.most < s.least || s.pause < 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := s.run(ctx, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "stall:", err)
	}
	fmt.Fprintln(os.Stderr, "stall: held up", s.told())
	os.Exit(code)
}

// stall is what is held up, and for how long.
type stall struct {
	least, most, pause time.Duration
	only               string
	// held counts by program.
	held map[string]int
}

// run runs the command to its end, and returns how it ended.
func (s *stall) run(ctx context.Context, command []string) (code int, err error) {
	s.held = map[string]int{}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the command line's own
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				return max(1, exit.ExitCode()), nil
			}
			return 0, err
		case <-time.After(between(0, s.pause)):
			s.hold(ctx, cmd.Process.Pid)
		}
	}
}

// hold holds up one of the command's processes.
func (s *stall) hold(ctx context.Context, root int) {
	all := slices.DeleteFunc(below(root), func(p process) bool {
		return toolchain(p.name) || s.only != "" && !slices.Contains(strings.Split(s.only, ","), p.name)
	})
	if len(all) == 0 {
		return
	}
	p := all[rand.N(len(all))]
	handle, err := os.FindProcess(p.pid) // which is this process's, also if another one gets its number
	if err != nil || handle.Signal(syscall.SIGSTOP) != nil {
		return // it has ended
	}
	select {
	case <-time.After(between(s.least, s.most)):
	case <-ctx.Done():
	}
	if handle.Signal(syscall.SIGCONT) == nil {
		s.held[p.name]++
	}
}

func between(least, most time.Duration) time.Duration { return least + rand.N(most-least+1) }

// toolchain says that a program only builds what is tested.
func toolchain(name string) bool {
	return slices.Contains([]string{"go", "compile", "link", "asm", "cgo", "vet", "gcc", "cc1", "as", "collect2", "ld"}, name)
}

func (s *stall) told() string {
	if len(s.held) == 0 {
		return "nothing"
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.held)) {
		list = append(list, fmt.Sprintf("%s %d times", name, s.held[name]))
	}
	return strings.Join(list, ", ")
}
