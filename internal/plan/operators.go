package plan

import (
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// operatorNames are the operators that a request may write, without regard to case, blanks and underscores.
func operatorNames() map[string]query.Op {
	return map[string]query.Op{
		"eq": query.Eq, "equals": query.Eq, "=": query.Eq, "==": query.Eq,
		"ne": query.Ne, "notequals": query.Ne, "!=": query.Ne, "<>": query.Ne,
		"in": query.In, "notin": query.NotIn, "nin": query.NotIn,
		"gt": query.Gt, ">": query.Gt, "gte": query.Gte, ">=": query.Gte,
		"lt": query.Lt, "<": query.Lt, "lte": query.Lte, "<=": query.Lte,
		"afterdate": query.Gt, "afterorondate": query.Gte, "beforedate": query.Lt, "beforeorondate": query.Lte, "from": query.Gte, "to": query.Lt,
		"contains": query.Contains, "prefix": query.Prefix, "startswith": query.Prefix,
		"exists": query.Exists, "set": query.Exists, "notexists": query.NotExists, "notset": query.NotExists,
	}
}

const (
	rangeWord       = "range"
	dateRangeWord   = "indaterange"
	notContainsWord = "notcontains"
)

// operators resolves an operator's name: a range is two comparisons, half-open; a negation that has no
// operator of its own is a not.
func operators(c condition, name string) ([]condition, error) {
	word := strings.ToLower(strings.NewReplacer("_", "", " ", "", "-", "").Replace(name))
	switch word {
	case rangeWord, dateRangeWord:
		return halfOpen(c, word == dateRangeWord)
	case notContainsWord:
		positive := c
		positive.op = string(query.Contains)
		return []condition{{op: opNot, of: []condition{positive}, place: c.place}}, needs(c, 1, maxValues)
	}
	op, ok := operatorNames()[word]
	if !ok {
		known := []string{"eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "range", "contains", "prefix", "exists", "not_exists"}
		return nil, reject(models.ReasonUnknownOperator, "%s: unknown operator %s%s", c.place, strconv.Quote(clip(name)), suggestion(name, known))
	}
	switch op {
	case query.Exists, query.NotExists:
		if len(c.values) == 1 && c.values[0] == false { // {"exists": false}
			op = map[query.Op]query.Op{query.Exists: query.NotExists, query.NotExists: query.Exists}[op]
		}
		c.op, c.values = string(op), nil
		return []condition{c}, nil
	case query.Eq:
		if len(c.values) > 1 {
			op = query.In // Cube's equals takes several
		}
	case query.Ne:
		if len(c.values) > 1 {
			op = query.NotIn
		}
	case query.Gt, query.Gte, query.Lt, query.Lte:
		c.op = string(op)
		return []condition{c}, needs(c, 1, 1)
	case query.In, query.NotIn, query.Contains, query.Prefix:
	}
	c.op = string(op)
	return []condition{c}, needs(c, 1, maxValues)
}

func needs(c condition, least, most int) error {
	if n := len(c.values); n < least || n > most {
		want := "one value"
		if most > 1 {
			want = "at least one value"
		}
		return reject(models.ReasonBadValue, "%s takes %s, not %d", c.place, want, n)
	}
	return nil
}

// halfOpen reads {"from", "to"} or two values; a range of dates includes the day that it ends with.
func halfOpen(c condition, dates bool) ([]condition, error) {
	values := c.values
	if len(values) == 1 {
		if o, ok := values[0].(map[string]any); ok {
			values = []any{o["from"], o["to"]}
		}
	}
	if len(values) != 2 {
		return nil, reject(models.ReasonBadValue, "%s takes two values, the start and the end", c.place)
	}
	var out []condition
	for i, op := range []query.Op{query.Gte, query.Lt} {
		if values[i] != nil {
			out = append(out, condition{member: c.member, op: string(op), values: values[i : i+1], place: c.place, through: dates && op == query.Lt})
		}
	}
	if len(out) == 0 {
		return nil, reject(models.ReasonBadValue, "%s has neither a start nor an end", c.place)
	}
	return out, nil
}
