package httpapi

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// call is a query.Call with the values of one query in the place of its placeholders.
type call struct {
	spec    *query.Call
	path    string // escaped
	query   []field
	headers []field
	body    any // JSON, nil for none
	// args are the values by the order of their placeholders, and shown the body with these left in it.
	args  []any
	shown any
}

// field is a parameter or header with its value, and how the catalog writes it.
type field struct {
	name, value string
	number      bool // of a page: written as a number in a body
	written     query.Template
}

// filler fills templates and keeps the values in their order.
type filler struct {
	*values
	args []any
}

// fill makes the call of q.
func fill(q *query.Query) (*call, error) {
	spec := q.Relation.Call
	if spec == nil {
		return nil, fault.New(fault.Permanent, "source_error", textError, errors.New("httpapi: the relation is no call of an API"))
	}
	f := &filler{values: valuesOf(q)}
	c := &call{spec: spec}
	var err error
	if c.path, err = f.path(spec.Path); err != nil {
		return nil, err
	}
	for _, parameter := range spec.Query {
		if c.query, err = f.parameter(c.query, parameter); err != nil {
			return nil, err
		}
	}
	for _, header := range spec.Headers {
		text, ok, err := f.text(header.Value)
		if err != nil {
			return nil, err
		}
		if strings.ContainsFunc(text, unicode.IsControl) {
			return nil, badValue(names(header.Value), "holds a control character, which no header may")
		}
		if ok {
			c.headers = append(c.headers, field{name: header.Name, value: text, written: header.Value})
		}
	}
	if spec.Body != nil {
		if c.body, c.shown, _, err = f.json(spec.Body); err != nil {
			return nil, err
		}
	}
	c.args = f.args
	return c, nil
}

// path returns the escaped path. A value is a part of one segment, which can be neither empty nor a step to another.
func (f *filler) path(t query.Template) (string, error) {
	var b strings.Builder
	for _, p := range t {
		if p.Param == "" {
			b.WriteString(p.Text)
			continue
		}
		v, err := f.of(p)
		if err != nil {
			return "", err
		}
		if v == nil {
			return "", fault.New(fault.Permanent, "missing_parameter", "the request has no "+p.Param+", which the data source needs", nil)
		}
		text := textOf(v)
		if text == "" || strings.ContainsAny(text, `/\`) || strings.ContainsFunc(text, unicode.IsControl) {
			return "", badValue(p.Param, "is empty or holds a character that no part of a path may")
		}
		f.args = append(f.args, v)
		b.WriteString(url.PathEscape(text))
	}
	for segment := range strings.SplitSeq(b.String(), "/") {
		if segment == "." || segment == ".." {
			return "", badValue(names(t), "would lead to another path")
		}
	}
	return b.String(), nil
}

// parameter adds a parameter of the URL; a list of values is the parameter repeated.
func (f *filler) parameter(to []field, p query.CallField) ([]field, error) {
	if len(p.Value) == 1 && p.Value[0].Param != "" {
		v, err := f.of(p.Value[0])
		if err != nil || v == nil {
			return to, err
		}
		f.args = append(f.args, v)
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, item := range list {
			to = append(to, field{name: p.Name, value: textOf(item), written: p.Value})
		}
		return to, nil
	}
	text, ok, err := f.text(p.Value)
	if err != nil || !ok {
		return to, err
	}
	return append(to, field{name: p.Name, value: text, written: p.Value}), nil
}

// text fills a template; false where one of its placeholders has no value.
func (f *filler) text(t query.Template) (string, bool, error) {
	var b strings.Builder
	var args []any
	for _, p := range t {
		if p.Param == "" {
			b.WriteString(p.Text)
			continue
		}
		v, err := f.of(p)
		if err != nil || v == nil {
			return "", false, err
		}
		args = append(args, v)
		b.WriteString(textOf(v))
	}
	f.args = append(f.args, args...)
	return b.String(), true, nil
}

// json fills a body: a text that is one placeholder becomes its value, with the value's type. What has no value is left out of its
// object or list. shown is the same with the placeholders in it.
func (f *filler) json(v any) (filled, shown any, ok bool, err error) {
	switch v := v.(type) {
	case query.Template:
		if len(v) == 1 && v[0].Param != "" {
			filled, err = f.of(v[0])
			if err != nil || filled == nil {
				return nil, nil, false, err
			}
			f.args = append(f.args, filled)
			return filled, v.String(), true, nil
		}
		text, ok, err := f.text(v)
		return text, v.String(), ok, err
	case []any:
		list, pattern := []any{}, []any{}
		for _, x := range v {
			item, shown, ok, err := f.json(x)
			if err != nil {
				return nil, nil, false, err
			}
			if ok {
				list, pattern = append(list, item), append(pattern, shown)
			}
		}
		return list, pattern, true, nil
	case map[string]any:
		object, pattern := map[string]any{}, map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v)) { // the order in which it is written
			item, shown, ok, err := f.json(v[key])
			if err != nil {
				return nil, nil, false, err
			}
			if ok {
				object[key], pattern[key] = item, shown
			}
		}
		return object, pattern, true, nil
	}
	return v, v, true, nil
}

// names lists the placeholders of a template, for messages.
func names(t query.Template) string {
	var out []string
	for _, p := range t {
		if p.Param != "" {
			out = append(out, p.Param)
		}
	}
	return strings.Join(out, ", ")
}

// key is the same for calls that ask the same.
func (c *call) key() (string, error) {
	type pair struct{ Name, Value string }
	pairs := func(fields []field) []pair {
		out := make([]pair, len(fields))
		for i, f := range fields {
			out[i] = pair{f.name, f.value}
		}
		return out
	}
	text, err := json.Marshal([]any{c.spec, c.path, pairs(c.query), pairs(c.headers), c.body})
	return string(text), err
}
