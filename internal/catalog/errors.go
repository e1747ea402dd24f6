package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one mistake in a catalog and where it is.
type Fault struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	// Hint says what to do, where that is known: "did you mean volume?".
	Hint string `json:"hint,omitempty"`
	// unknown says that a name is at fault which nothing has.
	unknown bool
}

// String returns "file:line:column: message (hint)".
func (f Fault) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
	if f.Line == 0 {
		s = f.File + ": " + f.Message
	}
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}

// Errors are all faults of a catalog, sorted by file, line and column. Its JSON form is a list.
type Errors []Fault

// Error returns one line a fault.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Unknown says that a name is among the faults which nothing has.
func (e Errors) Unknown() bool {
	return slices.ContainsFunc(e, func(f Fault) bool { return f.unknown })
}

// position is a place in a file; line and column count from 1.
type position struct {
	file         string
	line, column int
}

func (p position) String() string { return fmt.Sprintf("%s:%d:%d", p.file, p.line, p.column) }

// faults collects what is wrong.
type faults struct {
	list Errors
}

func (f *faults) add(at position, hint, format string, args ...any) {
	f.list = append(f.list, Fault{
		File: at.file, Line: at.line, Column: at.column,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// err returns the faults sorted and without repetitions, or nil.
func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(f.list)
}
