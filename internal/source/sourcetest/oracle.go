package sourcetest

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// answer computes q over rows in plain Go, as rows of the columns q.Columns. A sum of whole numbers that 64 bits do not hold is an error
// where it is in the answer.
func answer(q *query.Query, rows []Row) ([][]any, error) {
	out := computed(q, rows)
	for i := range out {
		for j := range out[i] {
			if q.MaxRows > 0 && i >= q.MaxRows {
				break
			}
			v, err := whole(out[i][j])
			if err != nil {
				return nil, err
			}
			out[i][j] = v
		}
	}
	return out, nil
}

func computed(q *query.Query, rows []Row) [][]any {
	kept := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return !in(q, r) })
	if q.Rows {
		return finish(q, firsts(q, selected(q, kept)))
	}
	keys, members := grouped(q, kept)
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
	return others(q, out, members)
}

// grouped returns the keys of all groups and their rows.
func grouped(q *query.Query, rows []Row) (keys [][]any, members map[string][]Row) {
	members = make(map[string][]Row)
	for _, r := range rows {
		for _, key := range keysOf(q.Groups, r) {
			name := text(key)
			if _, ok := members[name]; !ok {
				keys = append(keys, key)
			}
			members[name] = append(members[name], r)
		}
	}
	return keys, members
}

// others keeps the top groups and computes one row of the rows of all the rest.
func others(q *query.Query, out [][]any, members map[string][]Row) [][]any {
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
	if q.Time != nil && !within(q, r) {
		return false
	}
	return q.Where == nil || holds(q.Where, r)
}

func selected(q *query.Query, rows []Row) [][]any {
	out := make([][]any, len(rows))
	for i, r := range rows {
		for _, c := range q.Select {
			v := value(r, c.Field, c.Storage, c.Zone)
			if c.Field.Multi && v != nil {
				v = strings.Join(elements(v), query.ListSeparator)
			}
			out[i] = append(out[i], v)
		}
	}
	return out
}

// firsts keeps the first of the rows with the same values in the columns that are to be distinct. A row without one of them is the same as no other.
func firsts(q *query.Query, out [][]any) [][]any {
	if len(q.Distinct) == 0 {
		return out
	}
	arrange(q, out)
	seen := make(map[string]bool)
	return slices.DeleteFunc(out, func(row []any) bool {
		var key []any
		for _, name := range q.Distinct {
			at := slices.IndexFunc(q.Columns(), func(c query.ResultColumn) bool { return c.Name == name })
			if row[at] == nil {
				return false
			}
			key = append(key, row[at])
		}
		again := seen[text(key)]
		seen[text(key)] = true
		return again
	})
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
	case int64:
		if y, ok := y.(int64); ok {
			return cmp.Compare(x, y)
		}
	case *big.Int:
		if y, ok := y.(*big.Int); ok {
			return x.Cmp(y)
		}
	}
	return cmp.Compare(number(x), number(y))
}
