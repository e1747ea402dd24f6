package chaos

import (
	"fmt"
	"sync"
	"testing"
)

// witness is a row's test, which keeps what has failed: the table ends with it, so that it is found at the end of a long log, too.
type witness struct {
	testing.TB
	mu  sync.Mutex
	saw []string
}

func (w *witness) keep(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.saw = append(w.saw, what)
}

func (w *witness) Errorf(format string, args ...any) {
	w.Helper()
	w.keep(fmt.Sprintf(format, args...))
	w.TB.Errorf(format, args...)
}

func (w *witness) Fatalf(format string, args ...any) {
	w.Helper()
	w.keep(fmt.Sprintf(format, args...))
	w.TB.Fatalf(format, args...)
}

func (w *witness) Error(args ...any) {
	w.Helper()
	w.Errorf("%s", fmt.Sprint(args...))
}

func (w *witness) Fatal(args ...any) {
	w.Helper()
	w.Fatalf("%s", fmt.Sprint(args...))
}
