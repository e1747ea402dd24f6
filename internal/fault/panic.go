package fault

import (
	"fmt"
	"runtime/debug"
)

// ReasonPanic is the reason of what panicked.
const ReasonPanic = "internal_error"

// Recovered turns a panic into a permanent error with its stack, which says who panicked. It is deferred itself: defer fault.Recovered("engine", &err).
func Recovered(who string, err *error) {
	if p := recover(); p != nil {
		*err = New(Permanent, ReasonPanic, "", fmt.Errorf("%s: panic: %v\n%s", who, p, debug.Stack()))
	}
}
