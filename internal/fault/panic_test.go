package fault

import (
	"errors"
	"strings"
	"testing"
)

func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	do := func(f func()) (err error) {
		defer Recovered("somebody", &err)
		f()
		return errors.New("its own")
	}
	err := do(func() { panic("broken") })
	if ClassOf(err) != Permanent || ReasonOf(err) != ReasonPanic || !strings.Contains(err.Error(), "somebody: panic: broken") || !strings.Contains(err.Error(), "panic_test.go") {
		t.Errorf("%v", err)
	}
	if err := do(func() {}); err.Error() != "its own" {
		t.Errorf("without a panic: %v", err)
	}
}
