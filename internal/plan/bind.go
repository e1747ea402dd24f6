package plan

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// maxSought bounds a text that others are searched for: not every store takes a longer one.
const maxSought = 1000

// bind turns a request's conditions into a filter on a dataset. Members become columns by the catalog alone, values
// get the dimension's type.
func bind(list []condition, d *catalog.Dataset, page *catalog.Page, zone *time.Location) (query.Filter, error) {
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // no condition is no filter
	}
	out := make(query.And, 0, len(list))
	for i := range list {
		f, err := bindOne(&list[i], d, page, zone)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func bindOne(c *condition, d *catalog.Dataset, page *catalog.Page, zone *time.Location) (query.Filter, error) {
	switch c.op {
	case opAnd, opOr, opNot:
		inner := make([]query.Filter, 0, len(c.of))
		for i := range c.of {
			f, err := bindOne(&c.of[i], d, page, zone)
			if err != nil {
				return nil, err
			}
			inner = append(inner, f)
		}
		switch c.op {
		case opOr:
			return query.Or(inner), nil
		case opNot:
			return query.Not{Of: query.And(inner)}, nil
		default:
			return query.And(inner), nil
		}
	}
	dim, err := member(c, d, page)
	if err != nil {
		return nil, err
	}
	out := query.Compare{Field: dim.Field, Op: query.Op(c.op), Storage: dim.Storage, Zone: dim.Zone}
	if dim.Mask {
		return nil, reject(models.ReasonUnknownOperator, "%s: %s is masked and cannot be filtered by", c.place, c.member)
	}
	if dim.Part != "" {
		return nil, reject(models.ReasonUnknownOperator, "%s: %s is a part of a time and cannot be filtered by", c.place, c.member)
	}
	text := out.Op == query.Contains || out.Op == query.Prefix
	if text && dim.Field.Type != query.String {
		return nil, reject(models.ReasonUnknownOperator, "%s: operator %s fits text, and %s is %s", c.place, c.op, c.member, dim.Field.Type)
	}
	for _, v := range c.values {
		if text && utf8.RuneCountInString(shownText(v)) > maxSought {
			return nil, reject(models.ReasonBadValue, "%s: a text to look for has at most %d letters", c.place, maxSought)
		}
		typed, ok := typedValue(v, dim.Field.Type, zone)
		if !ok {
			return nil, reject(models.ReasonBadValue, "%s: %s is no %s, which %s is", c.place, shown(v), typeName(dim.Field.Type), c.member)
		}
		if at, ok := typed.(time.Time); ok && c.through {
			if _, day, _ := parseDate("", shownText(v), zone); day {
				typed = addDays(at, 1)
			}
		}
		out.Values = append(out.Values, typed)
	}
	return out, nil
}

// member finds the dimension that a condition names, among those that the page allows.
func member(c *condition, d *catalog.Dataset, page *catalog.Page) (*catalog.Dimension, error) {
	name := strings.TrimPrefix(c.member, d.Name+".")
	dim, ok := d.Dimensions[name]
	if ok && allowed(page, name) {
		return dim, nil
	}
	var known []string
	for n := range d.Dimensions {
		if allowed(page, n) {
			known = append(known, n)
		}
	}
	return nil, reject(models.ReasonUnknownMember, "%s: unknown member %s%s", c.place, strconv.Quote(clip(c.member)), suggestion(name, known))
}

func allowed(page *catalog.Page, dimension string) bool {
	return len(page.Filters) == 0 || slices.Contains(page.Filters, dimension)
}

// typedValue gives a value the dimension's type, without losing a digit.
func typedValue(v any, t query.Type, zone *time.Location) (any, bool) {
	text, isText := v.(string)
	if n, ok := v.(json.Number); ok {
		text = n.String()
	}
	if b, ok := v.(bool); ok {
		text = strconv.FormatBool(b)
	} else if v == nil {
		return nil, false
	} else if _, object := v.(map[string]any); object {
		return nil, false
	} else if _, list := v.([]any); list {
		return nil, false
	}
	switch t {
	case query.String:
		return text, true
	case query.Int:
		if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
			return n, true
		}
		if f, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && !isText && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int64(f), true
		}
	case query.Float:
		if f, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, true
		}
	case query.Bool:
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "true", "1", "yes":
			return true, true
		case "false", "0", "no":
			return false, true
		}
	case query.Time:
		if at, _, err := parseDate("", text, zone); err == nil && !at.IsZero() {
			return at, true
		}
	}
	return nil, false
}

func typeName(t query.Type) string {
	switch t {
	case query.Int:
		return "whole number"
	case query.Float:
		return "number"
	case query.Bool:
		return "boolean"
	case query.Time:
		return "time"
	case query.String:
		return "text"
	}
	return string(t)
}

func shownText(v any) string {
	s, _ := v.(string)
	return s
}

func shown(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(clip(v))
	case json.Number:
		return clip(v.String())
	case bool:
		return strconv.FormatBool(v)
	case nil:
		return "null"
	}
	return "an object or a list"
}
