package chaos

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// versionRows have workers of two versions in one group.
func versionRows() []row {
	return []row{{
		matrix: "32", name: "versions", fault: "workers of an older version and of this one in one group: rolled out one by one, rolled back, by SIGTERM and SIGKILL in turn", few: 800, many: 10_000,
		how: mix{millis: 5, passing: 3, tenants: 3}, harm: versions,
	}}
}

// older is the version that is rolled out from and back to: the last one before requests had classes and tenants took turns.
const older = "6d81c7fbdab5fd28ba1e53bf587241667b402d32"

// versions rolls this version out and back, in load.
func versions(s *site) {
	binary := s.olderWorker()
	begin := func(version, name string) {
		if version == "old" {
			s.startAs(binary, name)
		} else {
			s.start(name)
		}
		s.joined(name)
	}
	const workers = 3
	running := make([]string, workers)
	for i := range running {
		running[i] = fmt.Sprintf("old-%d", i)
		begin("old", running[i])
	}
	rounds := 1
	if full() {
		rounds = 4
	}
	s.load(time.Duration(rounds) * 6 * time.Second)
	for n := range rounds {
		for step, version := range slices.Concat(slices.Repeat([]string{"new"}, workers), slices.Repeat([]string{"old"}, workers)) {
			at := step % workers
			leaving := running[at]
			s.eventually("both work", func() (bool, string) { return s.holds(leaving) > 0 || s.ledger.done(), "none" })
			if s.holds(leaving) > 0 {
				s.fired(1)
			}
			if (n+step)%2 == 0 {
				s.kill(leaving)
			} else if err, ended := s.workers[leaving].Stop(patience); err != nil || !ended {
				s.t.Errorf("%s: ended %v: %v", leaving, ended, err)
			} else {
				delete(s.workers, leaving)
			}
			running[at] = fmt.Sprintf("%s-%d-%d", version, n, step)
			begin(version, running[at])
		}
	}
	s.verdict.note("%d workers replaced, at each of them the others of both versions at work", 2*workers*rounds)
}

// olderWorker builds the worker of the older version from the history.
func (s *site) olderWorker() string {
	s.t.Helper()
	run := func(dir, line string, args ...string) string {
		s.t.Helper()
		cmd := exec.CommandContext(s.t.Context(), "bash", append([]string{"-ec", "set -o pipefail; " + line, "bash"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			s.t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	root := run("", "git rev-parse --show-toplevel")
	if exec.CommandContext(s.t.Context(), "git", "-C", root, "cat-file", "-e", older+"^{commit}").Run() != nil {
		s.t.Fatalf("the older version is %s, which is not in this clone's history: git fetch --unshallow", older)
	}
	dir := s.t.TempDir()
	run(root, `git archive "$1" | tar -x -C "$2"`, older, dir)
	binary := filepath.Join(dir, "older.test")
	run(filepath.Join(dir, "test", "chaos"), `go test -c -o "$1" .`, binary)
	return binary
}
