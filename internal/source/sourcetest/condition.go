package sourcetest

import (
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

func holds(f query.Filter, r Row) bool {
	switch f := f.(type) {
	case query.And:
		return !slices.ContainsFunc(f, func(g query.Filter) bool { return !holds(g, r) })
	case query.Or:
		return slices.ContainsFunc(f, func(g query.Filter) bool { return holds(g, r) })
	case query.Not:
		return !holds(f.Of, r)
	case query.Compare:
		return compared(f, r)
	case *query.Compare:
		return compared(*f, r)
	}
	return false
}

func compared(c query.Compare, r Row) bool {
	switch c.Op {
	case query.Ne, query.NotIn:
		c.Op = query.In
		return !compared(c, r)
	case query.NotExists:
		c.Op = query.Exists
		return !compared(c, r)
	default: // not a negation
	}
	v, values := operand(c, r)
	if c.Field.Multi {
		list := elements(v)
		if c.Op == query.Exists {
			return len(list) > 0
		}
		return slices.ContainsFunc(list, func(s string) bool { return fits(c.Op, s, values) })
	}
	if v == nil || c.Op == query.Exists {
		return v != nil
	}
	return fits(c.Op, v, values)
}

// fits says whether a value compares with one of others.
func fits(op query.Op, v any, values []any) bool {
	return slices.ContainsFunc(values, func(want any) bool {
		switch op {
		case query.Gt:
			return compare(v, want) > 0
		case query.Gte:
			return compare(v, want) >= 0
		case query.Lt:
			return compare(v, want) < 0
		case query.Lte:
			return compare(v, want) <= 0
		case query.Contains:
			return strings.Contains(strings.ToLower(v.(string)), strings.ToLower(want.(string)))
		case query.Prefix:
			return strings.HasPrefix(strings.ToLower(v.(string)), strings.ToLower(want.(string)))
		default: // Eq and In
		}
		return compare(v, want) == 0
	})
}
