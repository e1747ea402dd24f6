package rollup

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Answer orders and cuts what has been collected, as a source does. The merge is over with it.
func (m *Merge) Answer() (answer *frame.Frame, truncated bool, err error) {
	groups := m.arranged()
	total := int64(len(groups))
	q := m.q
	groups = groups[min(q.Offset, len(groups)):]
	var rest []int32
	if q.Limit > 0 && len(groups) > q.Limit {
		groups, rest = groups[:q.Limit], groups[q.Limit:]
	}
	if q.MaxRows > 0 && len(groups) > q.MaxRows {
		groups, rest, truncated = groups[:q.MaxRows], nil, true
	}
	more := q.Others && len(rest) > 0
	if more && q.MaxRows > 0 && len(groups) == q.MaxRows {
		more, truncated = false, true
	}
	fields := make([]frame.Field, 0, len(q.Groups)+len(q.Measures)+2)
	for _, c := range q.Columns() {
		fields = append(fields, frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)})
	}
	b, err := frame.NewBuilder(fields...)
	if err != nil {
		return nil, false, err
	}
	b.Limit(q.MaxBytes)
	put := func(values []any) error {
		if q.Total {
			values = append(values, total)
		}
		for i, v := range values {
			sum, ok := v.(*big.Int)
			if !ok {
				continue
			}
			if !sum.IsInt64() {
				return source.Overflow(nil)
			}
			values[i] = sum.Int64()
		}
		return b.Append(values...)
	}
	values := make([]any, 0, len(q.Groups)+len(q.Measures)+2)
	for _, g := range groups {
		values = m.row(g, m.keys.of(g, values[:0]))
		if q.Others {
			values = append(values, false)
		}
		if err := put(values); err != nil {
			return nil, false, err
		}
	}
	if more {
		if err := put(m.others(rest)); err != nil {
			return nil, false, err
		}
	}
	return b.Frame(), truncated, nil
}

// row adds a group's measures to its key.
func (m *Merge) row(group int32, key []any) []any {
	for _, measure := range m.measures {
		key = append(key, measure(group))
	}
	return key
}

// others is the row of all groups past the limit.
func (m *Merge) others(rest []int32) []any {
	into := rest[0]
	for _, g := range rest[1:] {
		for _, c := range m.columns {
			c.merge(g, into)
		}
		for _, v := range m.values {
			v.merge(g, into)
		}
	}
	return append(m.row(into, make([]any, len(m.q.Groups))), true)
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f, true
	}
	return 0, false
}

// arranged are the groups in order: nulls come last, and their keys break ties. Keys are compared by their ranks among those of their column, of which there are few.
func (m *Merge) arranged() []int32 {
	groups := make([]int32, m.keys.groups)
	for i := range groups {
		groups[i] = int32(i) //nolint:gosec // far fewer than 2³¹ groups
	}
	order := make([]func(a, b int32) int, 0, len(m.q.Order)+len(m.q.Groups))
	byRank := func(column int, desc bool) {
		ranks := m.keys.ranks(column, desc)
		order = append(order, func(a, b int32) int { return cmp.Compare(ranks[a], ranks[b]) })
	}
	columns := m.q.Columns()
	for _, o := range m.q.Order {
		at := slices.IndexFunc(columns, func(c query.ResultColumn) bool { return c.Name == o.Name })
		switch {
		case at < 0:
		case at < len(m.q.Groups):
			byRank(at, o.Desc)
		default:
			order = append(order, m.byMeasure(at-len(m.q.Groups), o.Desc))
		}
	}
	for i := range m.q.Groups {
		byRank(i, false)
	}
	slices.SortFunc(groups, func(a, b int32) int {
		for _, by := range order {
			if c := by(a, b); c != 0 {
				return c
			}
		}
		return 0
	})
	return groups
}

// byMeasure compares two groups by a measure.
func (m *Merge) byMeasure(i int, desc bool) func(a, b int32) int {
	values := make([]any, m.keys.groups)
	for g := range values {
		values[g] = m.measures[i](int32(g)) //nolint:gosec // far fewer than 2³¹ groups
	}
	return func(a, b int32) int {
		x, y := values[a], values[b]
		switch {
		case x == nil && y == nil:
			return 0
		case x == nil:
			return 1
		case y == nil:
			return -1
		case desc:
			return compare(y, x)
		}
		return compare(x, y)
	}
}

// compare orders two values of one column.
func compare(x, y any) int {
	switch x := x.(type) {
	case int64:
		if y, ok := y.(int64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		return strings.Compare(x, y.(string))
	case time.Time:
		return x.Compare(y.(time.Time))
	case bool:
		switch {
		case x == y.(bool):
			return 0
		case x:
			return 1
		}
		return -1
	case float64:
		if y, ok := y.(float64); ok {
			return cmp.Compare(x, y)
		}
	}
	return whole128(x).Cmp(whole128(y))
}

// whole128 is a sum of whole numbers as one of any size.
func whole128(v any) *big.Int {
	if b, ok := v.(*big.Int); ok {
		return b
	}
	n, _ := v.(int64)
	return big.NewInt(n)
}
