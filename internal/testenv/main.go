package testenv

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// leftFor is how long goroutines may take to end: those of drivers do so after their connections were closed, and a busy machine is late with them.
const leftFor = time.Minute

// Main runs a package's tests and ends the process: badly too where goroutines of theirs run on. What the tests share is ended before.
func Main(m *testing.M, end ...func()) {
	code := m.Run()
	for _, f := range end {
		f()
	}
	if code == 0 {
		if err := settled(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// settled waits until no goroutine is left but those that watch over the servers of this package, which outlive the tests.
func settled() error {
	for deadline := time.Now().Add(leftFor); ; {
		err := goleak.Find(goleak.IgnoreAnyFunction("os/exec.(*Cmd).Start.func2"),
			goleak.IgnoreAnyFunction("github.com/go-dispatcher/dispatcher/internal/testenv.launchProcess.func1"))
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

//nolint:gochecknoglobals // counts in a process
var named atomic.Int64

// Name returns a name with a prefix that no other test has, at the same moment or in another process.
func Name(prefix string) string {
	return fmt.Sprintf("%s%d%d", prefix, time.Now().UnixNano(), named.Add(1))
}
