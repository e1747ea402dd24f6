package models

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// Default limits of a request.
const (
	DefaultMaxBytes = 1 << 20
	DefaultMaxDepth = 64
)

// Decoder reads requests within its limits; zero limits take the defaults. It holds no state.
type Decoder struct {
	MaxBytes, MaxDepth int
}

// Decode reads one request of any producer shape. Its errors are of class Reject, with a reason and the place. A request
// beside an error holds what could be read before it, so that whoever asked can be answered.
//
// The request refers to parts of payload, which must not be changed afterwards.
//
// A key that occurs twice in one object makes the request undecodable: which of the two was meant is not ours to guess.
func (d Decoder) Decode(payload []byte) (*Request, error) {
	if err := d.check(payload); err != nil {
		return nil, err
	}
	outer, inner, err := members(payload, func(name string) bool { return snake(name) == keyEventData })
	if err != nil {
		return partly(inner), err
	}
	return assemble(outer, inner)
}

// check refuses what is not worth parsing, or not safe to parse.
func (d Decoder) check(payload []byte) error {
	limit := d.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	if len(payload) > limit {
		return reject(ReasonTooLarge, "the request has %d bytes, more than the limit of %d", len(payload), limit)
	}
	if len(bytes.TrimSpace(payload)) == 0 {
		return reject(ReasonEmptyPayload, "the request is empty")
	}
	if !utf8.Valid(payload) {
		return reject(ReasonBadUTF8, "the request is not valid UTF-8 at byte %d", invalidAt(payload))
	}
	depth := d.MaxDepth
	if depth <= 0 {
		depth = DefaultMaxDepth
	}
	if at := deeperThan(payload, depth); at >= 0 {
		return reject(ReasonTooDeep, "the request is nested deeper than %d levels at byte %d", depth, at)
	}
	return nil
}

func reject(reason, format string, args ...any) error {
	return fault.New(fault.Reject, reason, fmt.Sprintf(format, args...), nil)
}

func invalidAt(b []byte) int {
	at := 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		b, at = b[size:], at+size
	}
	return at
}

// deeperThan returns where b opens more than limit objects and arrays at once, or -1. It need not understand
// JSON: brackets outside of strings are all that counts.
func deeperThan(b []byte, limit int) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = endOfString(b, i)
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

// endOfString returns where the string that starts at i ends: at its closing quote, or at the end of b.
func endOfString(b []byte, i int) int {
	for {
		n := bytes.IndexByte(b[i+1:], '"')
		if n < 0 {
			return len(b)
		}
		i += 1 + n
		escapes := 0
		for b[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}

// member is one key of an object with its value, both as they stand in the payload.
type member struct {
	name  string
	value []byte
}

// decoders are kept: making one costs as much as a request.
//
//nolint:gochecknoglobals // a pool
var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(new(bytes.Buffer)) }}

// decoderOf returns a decoder of b, and what gives it back.
func decoderOf(b []byte) (dec *jsontext.Decoder, done func()) {
	dec, ok := decoders.Get().(*jsontext.Decoder)
	if !ok {
		dec = jsontext.NewDecoder(new(bytes.Buffer))
	}
	dec.Reset(bytes.NewBuffer(b))
	return dec, func() { decoders.Put(dec) }
}

// members splits an object into its keys. The whole of it is checked: syntax, duplicate keys at any depth, nothing after
// its end. The keys of the object under the name that nested accepts are returned apart, read in the same pass.
func members(b []byte, nested func(name string) bool) (outer, inner []member, err error) {
	dec, done := decoderOf(b)
	defer done()
	if kind := dec.PeekKind(); kind != '{' && kind != 0 {
		if _, err := dec.ReadValue(); err != nil {
			return nil, nil, syntax(err, dec)
		}
		return nil, nil, reject(ReasonNotObject, "the request is %s, not an object", kindName(kind))
	}
	outer, inner, err = object(dec, b, nested)
	if err != nil {
		return outer, inner, err
	}
	if rest := bytes.TrimSpace(b[dec.InputOffset():]); len(rest) > 0 {
		return outer, inner, reject(ReasonBadJSON, "the request goes on after its end at byte %d", dec.InputOffset())
	}
	return outer, inner, nil
}

// object reads the object that dec stands before.
func object(dec *jsontext.Decoder, b []byte, nested func(name string) bool) (list, inner []member, err error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, nil, syntax(err, dec)
	}
	list = make([]member, 0, 32)
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return list, inner, syntax(err, dec)
		}
		key, err := value{"a key", name}.unquote()
		if err != nil {
			return list, inner, err
		}
		if nested != nil && nested(key) && dec.PeekKind() == '{' {
			start := dec.InputOffset()
			inner, _, err = object(dec, b, nil)
			if err != nil {
				return append(list, member{name: key, value: b[start:]}), inner, err
			}
			list = append(list, member{name: key, value: bytes.TrimLeft(b[start:dec.InputOffset()], ": \t\r\n")})
			continue
		}
		value, err := dec.ReadValue()
		if err != nil {
			return list, inner, syntax(err, dec)
		}
		end := dec.InputOffset()
		list = append(list, member{name: key, value: b[end-int64(len(value)) : end]})
	}
	if _, err := dec.ReadToken(); err != nil {
		return list, inner, syntax(err, dec)
	}
	return list, inner, nil
}

// syntax words a decoder's error: what is wrong, and where. It never repeats the payload.
func syntax(err error, dec *jsontext.Decoder) error {
	offset := dec.InputOffset()
	what := "it is cut off"
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = s.ByteOffset
		what = s.Err.Error()
		if errors.Is(err, jsontext.ErrDuplicateName) {
			what = "a key occurs twice: " + strconv.Quote(clip(s.JSONPointer.LastToken()))
		}
	}
	return fault.New(fault.Reject, ReasonBadJSON, fmt.Sprintf("the request is not JSON at byte %d: %s", offset, what), err)
}

func clip(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return s
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '[':
		return "a list"
	case '{':
		return "an object"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "not JSON"
	}
}
