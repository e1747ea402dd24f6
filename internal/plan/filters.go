package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Bounds of a request's filters.
const (
	maxConditions = 200
	maxValues     = 10_000
	maxFilterDeep = 16
)

// condition is a request's filter before it meets a dataset: a comparison, or a junction of others.
type condition struct {
	member string
	op     string // query.Op, and, or, not
	values []any  // string, json.Number, bool
	of     []condition
	place  string
	// through says that a plain day as the value is meant to its end.
	through bool
}

const (
	opAnd = "and"
	opOr  = "or"
	opNot = "not"
)

// reader reads filters in both of their forms.
type reader struct {
	conditions, values int
	loc                *time.Location
}

// readFilters reads {"channel": ["a", "b"], "likes": {"gte": 10}} and [{"member", "operator", "values"}], with and, or and
// not. An empty list, text or null under a member of the first form asks for nothing: that is how forms send a
// field that nobody filled in.
func readFilters(raw []byte, loc *time.Location) ([]condition, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, reject(models.ReasonBadJSON, "filters is not JSON")
	}
	r := &reader{loc: loc}
	return r.read("filters", v, 0)
}

func (r *reader) read(place string, v any, depth int) ([]condition, error) {
	if depth > maxFilterDeep {
		return nil, reject(models.ReasonBadValue, "%s: filters are nested deeper than %d", place, maxFilterDeep)
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		var out []condition
		for i, item := range v {
			more, err := r.read(fmt.Sprintf("%s[%d]", place, i), item, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
		return out, nil
	case map[string]any:
		if _, ok := v["member"]; ok {
			c, err := r.explicit(place, v)
			return []condition{c}, err
		}
		return r.object(place, v, depth)
	default:
		return nil, reject(models.ReasonBadValue, "%s is neither an object nor a list", place)
	}
}

// object reads the plain form, and the junctions of both.
func (r *reader) object(place string, o map[string]any, depth int) ([]condition, error) {
	var out []condition
	for _, name := range slices.Sorted(maps.Keys(o)) {
		at, v := place+"."+name, o[name]
		switch lower := strings.ToLower(name); lower {
		case opAnd, opOr, opNot:
			of, err := r.read(at, v, depth+1)
			if err != nil {
				return nil, err
			}
			if list, ok := v.([]any); ok && lower != opAnd {
				// Each item of an or is one alternative, also where it holds several conditions.
				if of, err = r.alternatives(at, list, depth); err != nil {
					return nil, err
				}
			}
			if len(of) > 0 {
				out = append(out, condition{op: lower, of: of, place: at})
			}
		case "filters":
			more, err := r.read(at, v, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		default:
			more, err := r.plain(at, name, v)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
	}
	return out, nil
}

func (r *reader) alternatives(place string, list []any, depth int) ([]condition, error) {
	var out []condition
	for i, item := range list {
		at := fmt.Sprintf("%s[%d]", place, i)
		of, err := r.read(at, item, depth+1)
		if err != nil {
			return nil, err
		}
		if len(of) == 1 {
			out = append(out, of[0])
		} else if len(of) > 1 {
			out = append(out, condition{op: opAnd, of: of, place: at})
		}
	}
	return out, nil
}

// plain reads one member of the plain form: a value, a list of values, or operators with their values.
func (r *reader) plain(place, member string, v any) ([]condition, error) {
	member, op := legacy(member)
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		var out []condition
		for _, name := range slices.Sorted(maps.Keys(v)) {
			c, err := r.condition(place+"."+name, member, name, listOf(v[name]))
			if err != nil {
				return nil, err
			}
			out = append(out, c...)
		}
		return out, nil
	default:
		values := slices.DeleteFunc(listOf(v), func(v any) bool { return v == nil || v == "" })
		if len(values) == 0 {
			return nil, nil
		}
		return r.condition(place, member, op, values)
	}
}

// explicit reads {"member", "operator", "values"}.
func (r *reader) explicit(place string, o map[string]any) (condition, error) {
	member, ok := o["member"].(string)
	if !ok || member == "" {
		return condition{}, reject(models.ReasonUnknownMember, "%s.member is not a name", place)
	}
	op, ok := o["operator"].(string)
	if !ok {
		return condition{}, reject(models.ReasonUnknownOperator, "%s.operator is missing", place)
	}
	values := listOf(o["values"])
	if v, ok := o["value"]; ok && o["values"] == nil {
		values = listOf(v)
	}
	list, err := r.condition(place, member, op, values)
	if err != nil {
		return condition{}, err
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return condition{op: opAnd, of: list, place: place}, nil
}

// condition makes the comparisons of one operator; a range makes two.
func (r *reader) condition(place, member, operator string, values []any) ([]condition, error) {
	r.conditions++
	r.values += len(values)
	if r.conditions > maxConditions || r.values > maxValues {
		return nil, reject(models.ReasonBadValue, "%s: more than %d conditions or %d values", place, maxConditions, maxValues)
	}
	return operators(condition{member: member, values: values, place: place}, operator)
}

func listOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

// legacy maps the listening service's keys to the catalog's words.
func legacy(key string) (member, operator string) {
	switch key {
	case "languages":
		return "language", "in"
	case "topics":
		return "keyword", "in"
	case "users", "ownerUsername", "owner_username", "accountLists":
		return "author", "in"
	case "excludeUser", "excludeOwnerUsername", "excludeAccountLists":
		return "author", "not_in"
	case "manualTopics":
		return "keyword", "in"
	}
	return key, "in"
}

// suggestion names the nearest known word, or nothing.
func suggestion(word string, known []string) string {
	if hint := catalog.Suggest(word, known); hint != "" {
		return "; " + hint
	}
	return ""
}
