package query

import (
	"fmt"
	"strings"
	"time"
)

// Native is a query in the store's own language, from the catalog, that makes the rows of a relation. Text is SQL or CQL, where
// {name} stands for the value of a parameter; or a MongoDB pipeline as JSON, where the text "{name}" does. A value is
// bound, or put into the parsed pipeline: it never becomes text of the query.
type Native struct {
	Text string `json:"text"`
}

// Param is a value that a native query, or a call of an API, binds by its name.
type Param struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
	// Value is string, int64, float64, bool or time.Time, as Type says, or nil.
	Value any `json:"value"`
	// Storage and Zone say how a time is compared with, as in TimeField; a wall clock in UTC when empty.
	Storage string `json:"storage,omitempty"`
	Zone    string `json:"zone,omitempty"`
}

// The parameters that every native query may bind, whatever its dataset declares.
const (
	ParamTenant   = "tenant"
	ParamFrom     = "from" // the range is from ≤ t < to
	ParamTo       = "to"
	ParamZone     = "zone"
	ParamLanguage = "language"
)

// Find returns the parameter of a name. The catalog has seen to it that there is one.
func Find(params []Param, name string) (Param, error) {
	for _, p := range params {
		if p.Name == name {
			return p, nil
		}
	}
	return Param{}, fmt.Errorf("query: parameter %s is not bound", name)
}

// Time returns the value of a time; false for a null.
func (p *Param) Time() (time.Time, bool) {
	t, ok := p.Value.(time.Time)
	return t, ok
}

// Segment is a piece of a statement: text, then the parameter that follows it. The last one's Param is empty.
type Segment struct {
	Text  string
	Param string
}

// StatementError says what is wrong with a native statement, and at which byte.
type StatementError struct {
	Offset int
	Text   string
}

// Error returns the text.
func (e *StatementError) Error() string { return e.Text }

// Segments cuts SQL or CQL at its parameters. What stands in quotes and comments is no parameter: a name in braces within quotes
// is an error, since it would not be bound; so are a mark of the driver's own, and a second statement.
func Segments(statement string) ([]Segment, error) {
	var out []Segment
	start := 0
	for i := 0; i < len(statement); {
		if end, quoted := skipped(statement, i); end > i {
			if name, at := placeholder(statement[i:end]); quoted && name != "" {
				return nil, &StatementError{i + at, fmt.Sprintf("{%s} stands in quotes, where nothing is bound: take the quotes away", name)}
			}
			i = end
			continue
		}
		switch c := statement[i]; c {
		case '?':
			return nil, &StatementError{i, "? is a mark of the driver's: write {name} for a parameter"}
		case ';':
			if strings.TrimSpace(statement[i+1:]) != "" {
				return nil, &StatementError{i, "one statement only: nothing may follow the semicolon"}
			}
		case '{':
			if name, at := placeholder(statement[i:]); name != "" && at == 0 {
				out = append(out, Segment{Text: statement[start:i], Param: name})
				i += len(name) + 2
				start = i
				continue
			}
		}
		i++
	}
	return append(out, Segment{Text: strings.TrimRight(statement[start:], "; \t\n")}), nil
}

// skipped returns the end of the quoted text or comment that begins at i, or i.
func skipped(s string, i int) (end int, quoted bool) {
	until := func(from int, mark string) int {
		if n := strings.Index(s[from:], mark); n >= 0 {
			return from + n + len(mark)
		}
		return len(s)
	}
	switch rest := s[i:]; {
	case s[i] == '\'' || s[i] == '"':
		return until(i+1, s[i:i+1]), true // a doubled quote begins a second text at once
	case strings.HasPrefix(rest, "$$"):
		return until(i+2, "$$"), true
	case strings.HasPrefix(rest, "--"):
		return until(i+2, "\n"), false
	case strings.HasPrefix(rest, "/*"):
		return until(i+2, "*/"), false
	}
	return i, false
}

// placeholder finds the first name in braces, and where it stands.
func placeholder(s string) (name string, at int) {
	for at = strings.IndexByte(s, '{'); at >= 0; {
		end := at + 1
		for end < len(s) && isName(s[end], end > at+1) {
			end++
		}
		if end > at+1 && end < len(s) && s[end] == '}' {
			return s[at+1 : end], at
		}
		next := strings.IndexByte(s[at+1:], '{')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return "", -1
}

func isName(c byte, inside bool) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || inside && (c == '_' || c >= '0' && c <= '9')
}

// Placeholder returns the name that a whole text stands for, or "": how a pipeline names a parameter.
func Placeholder(text string) string {
	if name, at := placeholder(text); at == 0 && len(text) == len(name)+2 {
		return name
	}
	return ""
}
