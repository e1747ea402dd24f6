package models

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// value is one JSON value under a key, read as loosely as producers write it.
type value struct {
	key string
	raw []byte
}

func (v value) kind() jsontext.Kind { return jsontext.Value(v.raw).Kind() }

func (v value) wrong(want string) error {
	return reject(ReasonBadType, "%s is %s, not %s", v.key, kindName(v.kind()), want)
}

// text reads a string or a number; a number keeps all of its digits. Null is empty.
func (v value) text() (string, error) {
	switch v.kind() {
	case '"':
		return v.unquote()
	case '0':
		return string(v.raw), nil
	case 'n':
		return "", nil
	case 't', 'f':
		return string(v.raw), nil
	default: // handled below
	}
	return "", v.wrong("a text or a number")
}

func (v value) unquote() (string, error) {
	if inner := v.raw[1 : len(v.raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return unsafe.String(unsafe.SliceData(inner), len(inner)), nil // a part of the payload, as Decode says
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
	return false, reject(ReasonBadType, "%s is %s, not a boolean", v.key, strconv.Quote(clip(s)))
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
		if trimmed := strings.TrimSpace(s); strings.HasPrefix(trimmed, "[") && jsontext.Value(trimmed).IsValid() {
			return value{v.key, []byte(trimmed)}.elements()
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
	dec, done := decoderOf(v.raw)
	defer done()
	if _, err := dec.ReadToken(); err != nil {
		return nil, v.wrong("a list of texts")
	}
	var out []string
	for k := dec.PeekKind(); k != ']' && k != 0; k = dec.PeekKind() {
		raw, err := dec.ReadValue()
		if err != nil {
			return nil, v.wrong("a list of texts")
		}
		s, err := value{v.key + "[" + strconv.Itoa(len(out)) + "]", raw}.text()
		if err != nil {
			return nil, err
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
		raw = []byte(s)
		if !jsontext.Value(raw).IsValid() {
			return nil, reject(ReasonBadJSON, "%s holds a text that is not JSON", v.key)
		}
	}
	switch string(bytes.Join(bytes.Fields(raw), nil)) {
	case "{}", "[]", "null", `""`:
		return nil, nil
	}
	return raw, nil
}

// object reads an object of texts, such as a mapping of names to labels.
func (v value) object() (map[string]string, error) {
	raw, err := v.anyJSON()
	if err != nil || raw == nil {
		return nil, err
	}
	if jsontext.Value(raw).Kind() != '{' {
		return nil, v.wrong("an object")
	}
	list, _, err := members(raw, nil)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(list))
	for _, m := range list {
		if out[m.name], err = (value{v.key + "." + m.name, m.value}).text(); err != nil {
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
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 || n > 1e15 {
		return time.Time{}, reject(ReasonBadType, "%s is %s, not a time in unix seconds", v.key, strconv.Quote(clip(s)))
	}
	const milliseconds = 1e11 // the year 5138 in seconds, 1973 in milliseconds
	if n >= milliseconds {
		return time.UnixMilli(int64(n)), nil
	}
	return time.Unix(int64(n), 0), nil
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
		return 0, reject(ReasonBadType, "%s is %s, not a whole number", v.key, strconv.Quote(clip(s)))
	}
	return n, nil
}
