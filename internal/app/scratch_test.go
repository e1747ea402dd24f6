package app

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const scratchChild = "DISPATCHER_TEST_SCRATCH"

// What a killed process has left goes when the next one starts; what belongs to a living one, or is not ours, stays.
func TestLeftoversOfKilledProcessesAreRemoved(t *testing.T) {
	t.Parallel()
	if base := os.Getenv(scratchChild); base != "" {
		s, err := makeScratchIn(base)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stdout.WriteString(s.dir + "\n"); err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
		return
	}
	base := t.TempDir()
	making := filepath.Join(base, "dispatcher-scratch-making")
	if err := os.Mkdir(making, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLeftoversOfKilledProcessesAreRemoved$")
	cmd.Env = append(os.Environ(), scratchChild+"="+base)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	left := line[:len(line)-1]
	exists := func(dir string) bool { _, err := os.Stat(dir); return err == nil }
	first, err := makeScratchIn(base)
	if err != nil {
		t.Fatal(err)
	}
	if !exists(left) {
		t.Error("the folder of a living process was removed")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	second, err := makeScratchIn(base)
	if err != nil {
		t.Fatal(err)
	}
	if exists(left) || !exists(first.dir) || !exists(making) {
		t.Errorf("the killed one's is there: %v, a living one's: %v, one that is being made: %v", exists(left), exists(first.dir), exists(making))
	}
	for _, s := range []*scratch{first, second} {
		if err := s.remove(); err != nil || exists(s.dir) {
			t.Errorf("%s is there after its end, %v", s.dir, err)
		}
	}
}
