package models

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// sweepDepth bounds how deep sweep follows, whatever the decoder's limit is.
const sweepDepth = 100

// sweep checks and splits a payload in one pass. It is sure of what it accepts: one object, sound JSON in sound UTF-8, no key twice in any
// object, no deeper than depth; outer and inner are then what split reads. What it is not sure of it leaves to those who look
// longer, and can say what is wrong: the members that it has noted until then are of no use.
func (s *scratch) sweep(b []byte, depth int) bool {
	w := sweeper{b: b, scratch: s}
	i := w.space(0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	i, ok := w.members(&s.outer, i, min(depth, sweepDepth))
	return ok && w.space(i) == len(b)
}

type sweeper struct {
	b []byte
	*scratch
}

// members appends the members of the object that starts at i, and returns the index after it. In the envelope those of the event data are
// noted in inner as well.
func (w *sweeper) members(list *[]Member, i, depth int) (end int, ok bool) {
	if depth == 0 {
		return i, false
	}
	b, first, seen := w.b, len(*list), uint64(0)
	for i = w.space(i + 1); i < len(b) && b[i] == '"'; i = w.space(i + 1) {
		to, plain := w.text(i)
		if !plain {
			return i, false // two spellings may be one key
		}
		name := part(b[i+1 : to-1])
		// A name whose bit is not set has not been there: few have to be compared.
		bit := uint64(1) << ((len(name)*7 + int(b[i+1])*5 + int(b[to-2])) % 64)
		if seen&bit != 0 && slices.ContainsFunc((*list)[first:], func(m Member) bool { return m.Name == name }) {
			return i, false
		}
		seen |= bit
		if i = w.space(to); i >= len(b) || b[i] != ':' {
			return i, false
		}
		from := w.space(i + 1)
		if list == &w.outer && from < len(b) && b[from] == '{' && snake(name) == keyEventData {
			to, ok = w.members(&w.inner, from, depth-1)
		} else {
			to, ok = w.value(from, depth-1)
		}
		if !ok || len(*list)-first >= maxKeys {
			return i, false
		}
		*list = append(*list, Member{Name: name, Value: b[from:to]})
		if i = w.space(to); i >= len(b) || b[i] != ',' {
			return i + 1, i < len(b) && b[i] == '}'
		}
	}
	// No key where one must be: sound only in an object without any.
	return i + 1, i < len(b) && b[i] == '}' && len(*list) == first
}

// value returns the index after the value that starts at i.
func (w *sweeper) value(i, depth int) (end int, ok bool) {
	if i >= len(w.b) {
		return i, false
	}
	switch c := w.b[i]; c {
	case '"':
		end, _ = w.text(i)
		return end, end > 0
	case '{':
		first := len(w.rest) // free until the request is put together, and its names are what a key is compared with
		end, ok = w.members(&w.rest, i, depth)
		clear(w.rest[first:])
		w.rest = w.rest[:first]
		return end, ok
	case '[':
		return w.elements(i, depth)
	case 't':
		return w.word(i, "true")
	case 'f':
		return w.word(i, "false")
	case 'n':
		return w.word(i, "null")
	}
	return w.number(i)
}

func (w *sweeper) elements(i, depth int) (end int, ok bool) {
	if depth == 0 {
		return i, false
	}
	b := w.b
	if i = w.space(i + 1); i < len(b) && b[i] == ']' {
		return i + 1, true
	}
	for {
		if i, ok = w.value(i, depth-1); !ok {
			return i, false
		}
		if i = w.space(i); i >= len(b) || b[i] != ',' {
			return i + 1, i < len(b) && b[i] == ']'
		}
		i = w.space(i + 1)
	}
}

func (w *sweeper) word(i int, word string) (end int, ok bool) {
	end = i + len(word)
	return end, end <= len(w.b) && string(w.b[i:end]) == word
}

func (w *sweeper) number(i int) (end int, ok bool) {
	b := w.b
	digits := func() bool {
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if b[i] == '-' {
		i++
	}
	from := i
	if !digits() || b[from] == '0' && i > from+1 {
		return i, false
	}
	if i < len(b) && b[i] == '.' {
		if i++; !digits() {
			return i, false
		}
	}
	if i < len(b) && b[i]|' ' == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return i, false
		}
	}
	return i, true
}

func (w *sweeper) space(i int) int {
	for i < len(w.b) && (w.b[i] == ' ' || w.b[i] == '\n' || w.b[i] == '\t' || w.b[i] == '\r') {
		i++
	}
	return i
}

// text returns the index after the string that starts at i, 0 where it is not sure of it; plain says that it has no escapes.
func (w *sweeper) text(i int) (end int, plain bool) {
	b := w.b
	plain = true
	for i++; i < len(b); {
		for i+8 <= len(b) && ordinary(binary.LittleEndian.Uint64(b[i:])) {
			i += 8
		}
		for i < len(b) && b[i] >= ' ' && b[i] < utf8.RuneSelf && b[i] != '"' && b[i] != '\\' {
			i++
		}
		if i >= len(b) {
			break
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, plain
		case c == '\\':
			size := escape(b[i:])
			if size == 0 {
				return 0, false
			}
			i += size
			plain = false
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size == 1 {
				return 0, false
			}
			i += size
		default:
			return 0, false
		}
	}
	return 0, false
}

// ordinary says whether each of eight bytes stands for itself in a string: none is a control character, a quote, a backslash, or beyond ASCII.
func ordinary(v uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, slash := v^ones*'"', v^ones*'\\'
	return (v|(v-ones*' ')|(quote-ones)|(slash-ones))&highs == 0
}

// escape returns the length of the escape that b starts with, or 0. Halves of surrogate pairs are not for it.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if c-'0' > 9 && c|' '-'a' > 5 {
				return 0
			}
		}
		if b[2]|' ' == 'd' && b[3] >= '8' {
			return 0
		}
		return 6
	}
	return 0
}
