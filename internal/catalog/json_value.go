package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxDeep bounds how deep JSON of a request is nested.
const maxDeep = 16

// jsonReader turns JSON of a request into values, whose places are the ways to them: metrics.w1.measures[0].
type jsonReader struct {
	dec  *json.Decoder
	deep int
}

// readJSON reads one value.
func readJSON(raw []byte, place string) (*value, error) {
	r := &jsonReader{dec: json.NewDecoder(bytes.NewReader(raw))}
	r.dec.UseNumber()
	return r.next(place)
}

func (r *jsonReader) next(place string) (*value, error) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, fmt.Errorf("%s is not JSON: %w", place, err)
	}
	v := &value{at: position{file: place}, shift: -1}
	switch t := token.(type) {
	case json.Delim:
		if r.deep++; r.deep > maxDeep {
			return nil, fmt.Errorf("%s is nested deeper than %d levels", place, maxDeep)
		}
		if t == '{' {
			err = r.object(v, place)
		} else {
			err = r.list(v, place)
		}
		r.deep--
		return v, err
	case string:
		v.kind, v.text = text, t
	case json.Number:
		v.number(t.String())
	case bool:
		v.kind, v.text, v.yes = boolean, strconv.FormatBool(t), t
	}
	return v, nil
}

func (r *jsonReader) object(v *value, place string) error {
	v.kind = mapping
	for r.dec.More() {
		token, err := r.dec.Token()
		if err != nil {
			return fmt.Errorf("%s is not JSON: %w", place, err)
		}
		name, _ := token.(string) // keys are
		at := place + "." + clip(name)
		val, err := r.next(at)
		if err != nil {
			return err
		}
		v.keys = append(v.keys, entry{name: name, at: position{file: at}, val: val})
	}
	_, err := r.dec.Token() // the end
	return err
}

func (r *jsonReader) list(v *value, place string) error {
	v.kind = list
	for r.dec.More() {
		val, err := r.next(fmt.Sprintf("%s[%d]", place, len(v.items)))
		if err != nil {
			return err
		}
		v.items = append(v.items, val)
	}
	_, err := r.dec.Token() // the end
	return err
}

func (v *value) number(literal string) {
	v.kind, v.text = number, literal
	var err error
	if v.num, err = strconv.ParseFloat(literal, 64); err != nil {
		v.kind = text // beyond all numbers here
	} else if !strings.ContainsAny(literal, ".eE") || v.num == math.Trunc(v.num) && math.Abs(v.num) < 1<<53 {
		v.kind = integer
	}
}

// plain returns v as encoding/json would, with its numbers as they were written.
func (v *value) plain() any {
	switch v.kind {
	case text:
		return v.text
	case integer, number:
		return json.Number(v.text)
	case boolean:
		return v.yes
	case list:
		out := make([]any, len(v.items))
		for i, x := range v.items {
			out[i] = x.plain()
		}
		return out
	case mapping:
		out := make(map[string]any, len(v.keys))
		for _, e := range v.keys {
			out[e.name] = e.val.plain()
		}
		return out
	case null, broken:
	}
	return nil
}

// clip shortens what a request wrote, where it is told about.
func clip(s string) string {
	const most = 64
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
