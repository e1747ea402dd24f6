package config

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with the environment.
type Fault struct {
	// Variable is the name that was set, or should have been.
	Variable string
	// Given says what was found, without secrets; Expected what would do.
	Given, Expected string
}

// String returns one sentence.
func (f Fault) String() string { return f.Variable + " " + f.Given + "; expected " + f.Expected }

// Error is every fault of the environment.
type Error struct{ Faults []Fault }

// Error returns one line a fault under a heading.
func (e *Error) Error() string {
	var b strings.Builder
	noun := "faults"
	if len(e.Faults) == 1 {
		noun = "fault"
	}
	fmt.Fprintf(&b, "configuration: %d %s", len(e.Faults), noun)
	for _, f := range e.Faults {
		b.WriteString("\n  " + f.String())
	}
	return b.String()
}
