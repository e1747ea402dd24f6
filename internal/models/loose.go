package models

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// value is one JSON value under a key, read as loosely as producers write it.
type value struct {
	key string
	raw []byte
}

func (v value) kind() jsontext.Kind { return kindOf(v.raw) }

func (v value) wrong(want string) error {
	return v.reject(ReasonBadType, "%s is %s, not %s", v.key, kindName(v.kind()), want)
}

// reject is a fault of this value.
func (v value) reject(reason, format string, args ...any) error {
	return &fault.Error{Class: fault.Reject, Reason: reason, Safe: fmt.Sprintf(format, args...), At: v.key}
}

// text reads a string or a number; a number keeps all of its digits. Null is empty.
func (v value) text() (string, error) {
	switch v.kind() {
	case '"':
		return v.unquote()
	case '0', 't', 'f':
		return part(v.raw), nil
	case 'n':
		return "", nil
	default: // handled below
	}
	return "", v.wrong("a text or a number")
}

// oneOf reads one of the words, or nothing.
func (v value) oneOf(words ...string) (string, error) {
	s, err := v.text()
	if s = strings.TrimSpace(s); err != nil || s == "" {
		return "", err
	}
	if !slices.Contains(words, s) {
		return "", v.reject(ReasonBadValue, "%s is %s, not one of %s", v.key, strconv.Quote(clip(s)), strings.Join(words, ", "))
	}
	return s, nil
}

// part returns a part of the payload as text, without copying it: as Decode says, nobody writes to it.
func part(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (v value) unquote() (string, error) {
	if inner := v.raw[1 : len(v.raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return part(inner), nil
	}
	b, err := jsontext.AppendUnquote(nil, v.raw)
	if err != nil {
		return "", v.wrong("a text")
	}
	return string(b), nil
}

// boolean reads true, "true", "yes", 1, "1" and their opposites; null and "" are false.
func (v value) boolean() (bool, error) {
	s, err := v.text()
	if err != nil {
		return false, v.wrong("a boolean")
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "1", "true", "yes":
		return true, nil
	case "", "0", "false", "no":
		return false, nil
	}
	return false, v.reject(ReasonBadType, "%s is %s, not a boolean", v.key, strconv.Quote(clip(s)))
}

// unpack reads JSON that came in a text. The decoder's look at the whole did not see into it.
func (v value) unpack(s string) ([]byte, error) {
	raw := []byte(s)
	if deeperThan(raw, DefaultMaxDepth) >= 0 {
		return nil, v.reject(ReasonTooDeep, "%s holds JSON nested deeper than %d levels", v.key, DefaultMaxDepth)
	}
	if !jsontext.Value(raw).IsValid() {
		return nil, v.reject(ReasonBadJSON, "%s holds a text that is not JSON", v.key)
	}
	return raw, nil
}

// list reads a list of texts, one text, or a list in a string.
func (v value) list() ([]string, error) {
	switch v.kind() {
	case 'n':
		return nil, nil
	case '[':
		return v.elements()
	case '"':
		s, err := v.unquote()
		if err != nil {
			return nil, err
		}
		if trimmed := strings.TrimSpace(s); strings.HasPrefix(trimmed, "[") {
			if raw, err := v.unpack(trimmed); err == nil {
				return value{v.key, raw}.elements()
			}
		}
		if s == "" {
			return nil, nil
		}
		return []string{s}, nil
	default: // handled below
	}
	return nil, v.wrong("a list of texts")
}

func (v value) elements() ([]string, error) {
	var room [16][]byte
	elements := appendElements(room[:0], v.raw)
	out := make([]string, 0, len(elements))
	for i, raw := range elements {
		s, err := value{v.key, raw}.text()
		if err != nil {
			return nil, value{v.key + "[" + strconv.Itoa(i) + "]", raw}.wrong("a text or a number")
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

// anyJSON reads "any JSON": an object, a list, or either of them in a string. What says nothing is nil.
func (v value) anyJSON() ([]byte, error) {
	raw := v.raw
	if v.kind() == '"' {
		s, err := v.unquote()
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(s) == "" {
			return nil, nil
		}
		if raw, err = v.unpack(s); err != nil {
			return nil, err
		}
	}
	raw = bytes.TrimSpace(raw)
	switch {
	case raw[0] == 'n', string(raw) == `""`:
		return nil, nil
	case raw[0] == '{' || raw[0] == '[':
		if len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0 {
			return nil, nil
		}
	}
	return raw, nil
}

// object reads an object of texts, such as a mapping of names to labels.
func (v value) object() (map[string]string, error) {
	raw, err := v.anyJSON()
	if err != nil || raw == nil {
		return nil, err
	}
	if kindOf(raw) != '{' {
		return nil, v.wrong("an object")
	}
	list, _ := appendMembers(nil, bytes.TrimSpace(raw), nil)
	out := make(map[string]string, len(list))
	for _, m := range list {
		if out[m.Name], err = (value{v.key + "." + m.Name, m.Value}).text(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// timestamp reads unix seconds, or milliseconds where seconds would lie in a far future.
func (v value) timestamp() (time.Time, error) {
	s, err := v.text()
	if err != nil {
		return time.Time{}, v.wrong("a time in unix seconds")
	}
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, nil
	}
	var n float64
	if whole, wholeErr := strconv.ParseInt(s, 10, 64); wholeErr == nil { // nearly always, and much cheaper
		n = float64(whole)
	} else {
		n, err = strconv.ParseFloat(s, 64)
	}
	if err != nil || !(n >= 0 && n <= 1e15) {
		return time.Time{}, v.reject(ReasonBadType, "%s is %s, not a time in unix seconds", v.key, strconv.Quote(clip(s)))
	}
	const milliseconds = 1e11 // the year 5138 in seconds, 1973 in milliseconds
	if n >= milliseconds {
		return time.UnixMilli(int64(n)), nil
	}
	return time.Unix(int64(n), 0), nil
}

// moment reads a timestamp, or a text as RFC 3339 has it.
func (v value) moment() (time.Time, error) {
	if s, err := v.text(); err == nil {
		if t, err := time.Parse(time.RFC3339, strings.TrimSpace(s)); err == nil {
			return t, nil
		}
	}
	t, err := v.timestamp()
	if err != nil {
		return t, v.wrong("a time: unix seconds, or RFC 3339 such as 2026-01-31T12:00:00Z")
	}
	return t, nil
}

// integer reads a whole number; what says nothing is 0.
func (v value) integer() (int, error) {
	s, err := v.text()
	if err != nil {
		return 0, v.wrong("a whole number")
	}
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, v.reject(ReasonBadType, "%s is %s, not a whole number", v.key, strconv.Quote(clip(s)))
	}
	return n, nil
}
