package rollup

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"time"
)

// arranged are the groups in order, as far as they are answered; behind these the others are in any. Nulls come last, and keys break ties: they are compared by their ranks among those
// of their column, of which there are few.
func (m *Merge) arranged() []int32 {
	groups := make([]int32, m.keys.groups)
	for i := range groups {
		groups[i] = int32(i) //nolint:gosec // far fewer than 2³¹ groups
	}
	q := m.q
	if q.AnyOrder {
		return groups
	}
	var order []func(a, b int32) int
	byRank := func(column int, desc bool) {
		ranks := m.keys.ranks(column, desc)
		order = append(order, func(a, b int32) int { return cmp.Compare(ranks[a], ranks[b]) })
	}
	columns := q.Columns()
	for _, o := range q.Order {
		for at := range len(q.Groups) + len(q.Measures) {
			switch {
			case columns[at].Name != o.Name:
			case at < len(q.Groups):
				byRank(at, o.Desc)
			default:
				order = append(order, m.byMeasure(at-len(q.Groups), o.Desc))
			}
		}
	}
	for i := range q.Groups {
		byRank(i, false)
	}
	most := len(groups)
	if q.Limit > 0 {
		most = min(most, q.Offset+q.Limit)
	}
	first(groups, most, func(a, b int32) int {
		for _, by := range order {
			if c := by(a, b); c != 0 {
				return c
			}
		}
		return 0
	})
	return groups
}

// first brings the first n of a list to its beginning, in their order. Few of many are kept in a heap, the last of them on top.
func first(list []int32, n int, compare func(a, b int32) int) {
	if n > len(list)/4 {
		slices.SortFunc(list, compare)
		return
	}
	heap := list[:n]
	down := func(at int) {
		for {
			last := at
			for child := 2*at + 1; child <= 2*at+2 && child < n; child++ {
				if compare(heap[child], heap[last]) > 0 {
					last = child
				}
			}
			if last == at {
				return
			}
			heap[at], heap[last] = heap[last], heap[at]
			at = last
		}
	}
	for at := n/2 - 1; at >= 0; at-- {
		down(at)
	}
	for i := n; i < len(list) && n > 0; i++ {
		if compare(list[i], heap[0]) < 0 {
			list[i], heap[0] = heap[0], list[i]
			down(0)
		}
	}
	slices.SortFunc(heap, compare)
}

// byMeasure compares two groups by a measure.
func (m *Merge) byMeasure(i int, desc bool) func(a, b int32) int {
	if sums, seen, ok := m.measures[i].whole(); ok && seen == nil {
		return func(a, b int32) int {
			if desc {
				a, b = b, a
			}
			return cmp.Compare(sums[a], sums[b])
		}
	}
	values := make([]any, m.keys.groups)
	for g := range values {
		values[g] = m.measures[i].of(int32(g)) //nolint:gosec // far fewer than 2³¹ groups
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

// number is a whole number, a sum of them or a fraction as one.
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
