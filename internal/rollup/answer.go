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
	rows := m.rows()
	total := int64(len(rows))
	m.arrange(rows)
	q := m.q
	rows = rows[min(q.Offset, len(rows)):]
	var rest []row
	if q.Limit > 0 && len(rows) > q.Limit {
		rows, rest = rows[:q.Limit], rows[q.Limit:]
	}
	if q.Others {
		for i := range rows {
			rows[i].values = append(rows[i].values, false)
		}
		if len(rest) > 0 {
			rows = append(rows, m.others(rest))
		}
	}
	if q.MaxRows > 0 && len(rows) > q.MaxRows {
		rows, truncated = rows[:q.MaxRows], true
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
	for _, r := range rows {
		if q.Total {
			r.values = append(r.values, total)
		}
		for i, v := range r.values {
			sum, ok := v.(*big.Int)
			if !ok {
				continue
			}
			if !sum.IsInt64() {
				return nil, false, source.Overflow(nil)
			}
			r.values[i] = sum.Int64()
		}
		if err := b.Append(r.values...); err != nil {
			return nil, false, err
		}
	}
	return b.Frame(), truncated, nil
}

// row is one group: its keys, then its measures.
type row struct {
	group  int32
	values []any
}

func (m *Merge) rows() []row {
	out := make([]row, len(m.keys))
	for i := range out {
		out[i] = m.row(int32(i), m.keys[i]) //nolint:gosec // as many as there are groups
	}
	return out
}

func (m *Merge) row(group int32, key []any) row {
	values := make([]any, 0, len(key)+len(m.q.Measures)+2)
	values = append(values, key...)
	for _, measure := range m.measures {
		values = append(values, measure(group))
	}
	return row{group: group, values: values}
}

// others is the row of all groups past the limit.
func (m *Merge) others(rest []row) row {
	into := rest[0].group
	for _, r := range rest[1:] {
		for _, c := range m.columns {
			c.merge(r.group, into)
		}
		for _, v := range m.values {
			v.merge(r.group, into)
		}
	}
	r := m.row(into, make([]any, len(m.q.Groups)))
	r.values = append(r.values, true)
	return r
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

// arrange orders rows: nulls come last, and the groups' keys break ties.
func (m *Merge) arrange(rows []row) {
	type by struct {
		at   int
		desc bool
	}
	columns := m.q.Columns()
	order := make([]by, 0, len(m.q.Order)+len(m.q.Groups))
	for _, o := range m.q.Order {
		if at := slices.IndexFunc(columns, func(c query.ResultColumn) bool { return c.Name == o.Name }); at >= 0 {
			order = append(order, by{at, o.Desc})
		}
	}
	for i := range m.q.Groups {
		order = append(order, by{i, false})
	}
	slices.SortFunc(rows, func(a, b row) int {
		for _, o := range order {
			x, y := a.values[o.at], b.values[o.at]
			switch {
			case x == nil && y == nil:
				continue
			case x == nil:
				return 1
			case y == nil:
				return -1
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

// compare orders two values of one column.
func compare(x, y any) int {
	switch x := x.(type) {
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
	case int64:
		if y, ok := y.(int64); ok {
			return cmp.Compare(x, y)
		}
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
