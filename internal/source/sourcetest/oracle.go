package sourcetest

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// answer computes q over rows in plain Go, as rows of the columns q.Columns.
func answer(q *query.Query, rows []Row) [][]any {
	kept := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return !in(q, r) })
	if q.Rows {
		return finish(q, selected(q, kept))
	}
	var keys [][]any
	members := make(map[string][]Row)
	for _, r := range kept {
		for _, key := range keysOf(q.Groups, r) {
			name := text(key)
			if _, ok := members[name]; !ok {
				keys = append(keys, key)
			}
			members[name] = append(members[name], r)
		}
	}
	if len(q.Groups) == 0 {
		return finish(q, [][]any{measured(q, nil, kept)})
	}
	out := make([][]any, 0, len(keys))
	for _, key := range keys {
		out = append(out, measured(q, key, members[text(key)]))
	}
	if !q.Others {
		return finish(q, out)
	}
	arrange(q, out)
	var rest []Row
	for _, o := range out[min(q.Limit, len(out)):] {
		rest = append(rest, members[text(o[:1])]...)
	}
	more, total := len(out) > q.Limit, int64(len(out))
	out = out[:min(q.Limit, len(out))]
	for i := range out {
		out[i] = append(out[i], false)
	}
	if more {
		out = append(out, append(measured(q, []any{nil}, rest), true))
	}
	for i := range out {
		if q.Total {
			out[i] = append(out[i], total)
		}
	}
	return out
}

func in(q *query.Query, r Row) bool {
	if q.Tenant != nil && !holds(*q.Tenant, r) {
		return false
	}
	if q.Time != nil {
		t, _ := r[q.Time.Column].(time.Time)
		if t.Before(q.Range.From) || !t.Before(q.Range.To) {
			return false
		}
	}
	return q.Where == nil || holds(q.Where, r)
}

func selected(q *query.Query, rows []Row) [][]any {
	out := make([][]any, len(rows))
	for i, r := range rows {
		for _, c := range q.Select {
			out[i] = append(out[i], r[c.Field.Column])
		}
	}
	return out
}

// finish orders and cuts.
func finish(q *query.Query, out [][]any) [][]any {
	arrange(q, out)
	total := int64(len(out))
	out = out[min(q.Offset, len(out)):]
	if q.Limit > 0 {
		out = out[:min(q.Limit, len(out))]
	}
	if q.Total {
		for i := range out {
			out[i] = append(out[i], total)
		}
	}
	return out
}

func arrange(q *query.Query, out [][]any) {
	type by struct {
		at   int
		desc bool
	}
	var order []by
	columns := q.Columns()
	for _, o := range q.Order {
		at := slices.IndexFunc(columns, func(c query.ResultColumn) bool { return c.Name == o.Name })
		order = append(order, by{at, o.Desc})
	}
	for i := range len(q.Select) + len(q.Groups) {
		order = append(order, by{i, false})
	}
	slices.SortStableFunc(out, func(a, b []any) int {
		for _, o := range order {
			x, y := a[o.at], b[o.at]
			if x == nil || y == nil {
				if c := cmp.Compare(truth(x == nil), truth(y == nil)); c != 0 {
					return c
				}
				continue
			}
			if c := compare(x, y); c != 0 {
				if o.desc {
					return -c
				}
				return c
			}
		}
		return 0
	})
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compare orders two values of one type.
func compare(x, y any) int {
	switch x := x.(type) {
	case string:
		return strings.Compare(x, y.(string))
	case bool:
		return cmp.Compare(truth(x), truth(y.(bool)))
	case time.Time:
		return x.Compare(y.(time.Time))
	}
	return cmp.Compare(number(x), number(y))
}

func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return math.NaN()
}

func holds(f query.Filter, r Row) bool {
	switch f := f.(type) {
	case query.And:
		return !slices.ContainsFunc(f, func(g query.Filter) bool { return !holds(g, r) })
	case query.Or:
		return slices.ContainsFunc(f, func(g query.Filter) bool { return holds(g, r) })
	case query.Not:
		return !holds(f.Of, r)
	case query.Compare:
		return compared(f, r[f.Field.Column])
	}
	return false
}

func compared(c query.Compare, v any) bool {
	switch c.Op {
	case query.Ne, query.NotIn:
		c.Op = query.In
		return !compared(c, v)
	case query.NotExists:
		c.Op = query.Exists
		return !compared(c, v)
	default: // not a negation
	}
	if list, ok := v.([]string); ok {
		if c.Op == query.Exists {
			return len(list) > 0
		}
		c.Field.Multi = false
		return slices.ContainsFunc(list, func(s string) bool { return compared(c, s) })
	}
	if v == nil || c.Op == query.Exists {
		return v != nil
	}
	return slices.ContainsFunc(c.Values, func(want any) bool {
		switch c.Op {
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
