package models

import (
	"bytes"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// What follows splits JSON that jsontext has found valid, or the sound beginning of what it refused, without looking at
// its syntax once more. Beginnings end anywhere: whatever is cut off counts as absent.

// Member is one key of an object with its value, both as they stand in the payload.
type Member struct {
	Name  string
	Value []byte
}

// scratch is what decoding one request needs for a moment.
type scratch struct{ outer, rest, inner []Member }

//nolint:gochecknoglobals // a pool
var scratches = sync.Pool{New: func() any {
	return &scratch{outer: make([]Member, 0, 16), rest: make([]Member, 0, 16), inner: make([]Member, 0, 48)}
}}

func (s *scratch) release() {
	s.reset()
	scratches.Put(s)
}

func (s *scratch) reset() {
	clear(s.outer)
	clear(s.rest)
	clear(s.inner)
	s.outer, s.rest, s.inner = s.outer[:0], s.rest[:0], s.inner[:0]
}

// split reads the members of the envelope that b holds, and those of its event data where that is an object: in one pass.
func (s *scratch) split(b []byte) {
	s.outer, _ = appendMembers(s.outer, b, func(name string, at int) (end int) {
		if b[at] != '{' || snake(name) != keyEventData {
			return endOfValue(b, at)
		}
		s.inner, end = appendMembers(s.inner, b[at:], nil)
		return at + end
	})
}

// appendMembers appends the members of the object that b starts with, and returns the index after it. Where a
// value ends is for endOf to say, if it is set.
func appendMembers(list []Member, b []byte, endOf func(name string, at int) int) ([]Member, int) {
	i := skipSpace(b, 0) + 1 // past the brace
	for {
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != '"' {
			return list, i + 1
		}
		end := endOfString(b, i)
		from := skipSpace(b, end)
		if from >= len(b) {
			return list, len(b) + 1
		}
		name, err := value{"a key", b[i:end]}.unquote()
		if err != nil {
			return list, len(b) + 1
		}
		to := 0
		if endOf != nil {
			to = endOf(name, from)
		} else {
			to = endOfValue(b, from)
		}
		if to > len(b) {
			return list, to
		}
		list = append(list, Member{Name: name, Value: b[from:to]})
		i = to
	}
}

// appendElements appends the elements of the array that b holds.
func appendElements(list [][]byte, b []byte) [][]byte {
	for i := skipSpace(b, skipSpace(b, 0)+1); i < len(b) && b[i] != ']'; {
		to := endOfValue(b, i)
		list = append(list, b[i:min(to, len(b))])
		i = skipSpace(b, to)
	}
	return list
}

// skipSpace returns where the next token starts from i on; commas and colons are no tokens here.
func skipSpace(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
			i++
		default:
			return i
		}
	}
	return i
}

// endOfValue returns the index after the value that starts at i, which lies beyond b where the value is cut off.
func endOfValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b) + 1
	}
	switch b[i] {
	case '"':
		return endOfString(b, i)
	case '{', '[':
		depth := 0
		for ; i < len(b); i++ {
			switch b[i] {
			case '"':
				i = endOfString(b, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return len(b) + 1
	}
	for ; i < len(b); i++ {
		switch b[i] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return i
		}
	}
	return len(b) + 1
}

// endOfString returns the index after the string that starts at i, which lies beyond b where the string is cut off.
func endOfString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(b) + 1
}

// deeperThan returns where b opens more than limit objects and arrays at once, or -1. It need not understand
// JSON: brackets outside of strings are all that counts.
func deeperThan(b []byte, limit int) int {
	if bytes.Count(b, []byte{'{'})+bytes.Count(b, []byte{'['}) <= limit {
		return -1 // as good as always, and many times faster than what follows
	}
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = endOfString(b, i) - 1
		case '{', '[':
			if depth++; depth > limit {
				return i
			}
		case '}', ']':
			depth--
		}
	}
	return -1
}

func kindOf(b []byte) jsontext.Kind { return jsontext.Value(b).Kind() }
