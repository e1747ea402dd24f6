package models

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
	"unsafe"

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
// The request refers to parts of the payload instead of copying them: its byte slices must not be written to.
//
// A key that occurs twice in one object makes the request undecodable: which of the two was meant is not ours to guess.
func (d Decoder) Decode(payload string) (*Request, error) {
	b := unsafe.Slice(unsafe.StringData(payload), len(payload)) // only read
	maxBytes, maxDepth := orDefault(d.MaxBytes, DefaultMaxBytes), orDefault(d.MaxDepth, DefaultMaxDepth)
	if len(b) > maxBytes {
		return nil, reject(ReasonTooLarge, "the request has %d bytes, more than the limit of %d", len(b), maxBytes)
	}
	s := scratches.Get().(*scratch) //nolint:forcetypeassert // the pool holds nothing else
	defer s.release()
	if s.sweep(b, maxDepth) {
		return assemble(s)
	}
	s.reset()
	if err := check(b, maxDepth); err != nil {
		return nil, err
	}
	if !jsontext.Value(b).IsValid() {
		return malformed(s, b)
	}
	if kind := jsontext.Value(b).Kind(); kind != '{' {
		return nil, reject(ReasonNotObject, "the request is %s, not an object", kindName(kind))
	}
	s.split(b)
	return assemble(s)
}

func orDefault(limit, usual int) int {
	if limit <= 0 {
		return usual
	}
	return limit
}

// check refuses what is not worth parsing, or not safe to parse.
func check(payload []byte, depth int) error {
	if len(bytes.TrimSpace(payload)) == 0 {
		return reject(ReasonEmptyPayload, "the request is empty")
	}
	if !utf8.Valid(payload) {
		return reject(ReasonBadUTF8, "the request is not valid UTF-8 at byte %d", invalidAt(payload))
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

// malformed says what is wrong with a payload that is not JSON, and reads what stands before the fault.
func malformed(s *scratch, b []byte) (*Request, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(b))
	_, err := dec.ReadValue()
	if err == nil {
		if kind := jsontext.Value(b).Kind(); kind != '{' {
			return nil, reject(ReasonNotObject, "the request is %s, not an object", kindName(kind))
		}
		err = reject(ReasonBadJSON, "the request goes on after its end at byte %d", dec.InputOffset())
		s.split(b[:dec.InputOffset()])
		return partly(s), err
	}
	sound, err := syntax(err, dec.InputOffset())
	if bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte{'{'}) {
		s.split(b[:min(int(sound), len(b))])
	}
	return partly(s), err
}

// syntax words a decoder's error: what is wrong, and where. It never repeats the payload.
func syntax(err error, offset int64) (at int64, worded error) {
	what := "it is cut off"
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = s.ByteOffset
		what = s.Err.Error()
		if errors.Is(err, jsontext.ErrDuplicateName) {
			what = "a key occurs twice: " + strconv.Quote(clip(s.JSONPointer.LastToken()))
		}
	}
	return offset, fault.New(fault.Reject, ReasonBadJSON, fmt.Sprintf("the request is not JSON at byte %d: %s", offset, what), err)
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
