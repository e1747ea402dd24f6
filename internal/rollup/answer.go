package rollup

import (
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Answer orders and cuts what has been collected, as a source does. The merge is over with it.
func (m *Merge) Answer() (answer *frame.Frame, truncated bool, err error) {
	q := m.q
	m.keys.release()
	out := output{m: m, total: int64(m.keys.groups), other: -1}
	groups := m.arranged()
	groups = groups[min(q.Offset, len(groups)):]
	var rest []int32
	if q.Limit > 0 && len(groups) > q.Limit {
		groups, rest = groups[:q.Limit:q.Limit], groups[q.Limit:]
	}
	if q.MaxRows > 0 && len(groups) > q.MaxRows {
		groups, rest, truncated = groups[:q.MaxRows], nil, true
	}
	more := q.Others && len(rest) > 0
	if more && q.MaxRows > 0 && len(groups) == q.MaxRows {
		more, truncated = false, true
	}
	if out.groups = groups; more {
		out.other = len(groups)
		out.groups = append(groups, m.others(rest))
	}
	answer, err = out.frame()
	if err == nil && !answer.Within(q.MaxBytes) {
		err = frame.ErrTooLarge
	}
	return answer, truncated, err
}

// others adds all groups past the limit up, and returns the one that they are in then.
func (m *Merge) others(rest []int32) (into int32) {
	into = rest[0]
	for _, g := range rest[1:] {
		for _, c := range m.columns {
			c.merge(g, into)
		}
		for _, v := range m.values {
			v.merge(g, into)
		}
	}
	return into
}

// output writes groups as rows, by column.
type output struct {
	m      *Merge
	groups []int32
	other  int // the row of all groups past the limit, -1 where there is none
	total  int64
}

func (o *output) frame() (*frame.Frame, error) {
	q := o.m.q
	columns := q.Columns()
	fields, arrays, codes := make([]frame.Field, len(columns)), make([]arrow.Array, len(columns)), make([]*frame.Codes, len(columns))
	for i, c := range columns {
		fields[i] = frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)}
		var err error
		switch measure := i - len(q.Groups); {
		case measure < 0 && fields[i].Kind == frame.String:
			codes[i] = o.texts(i)
		case measure < 0:
			arrays[i], err = o.column(fields[i].Kind, o.key(i))
		case measure < len(q.Measures):
			arrays[i], err = o.measure(measure, fields[i].Kind)
		case c.Name == query.ColumnOther:
			arrays[i], err = o.column(fields[i].Kind, func(row int) any { return row == o.other })
		default:
			arrays[i], err = o.column(fields[i].Kind, func(int) any { return o.total })
		}
		if err != nil {
			return nil, err
		}
	}
	return frame.OfCoded(fields, arrays, codes), nil
}

func (o *output) column(kind frame.Kind, value func(row int) any) (arrow.Array, error) {
	return frame.ColumnOf(kind, len(o.groups), value)
}

// key is a column of the groups' keys.
func (o *output) key(column int) func(row int) any {
	values, codes := o.m.keys.columns[column].values, o.m.keys.codes[column]
	return func(row int) any {
		if row == o.other {
			return nil
		}
		return values[codes[o.groups[row]]]
	}
}

// texts are those of a column of the groups' keys, by codes.
func (o *output) texts(column int) *frame.Codes {
	values, codes := o.m.keys.columns[column].values, o.m.keys.codes[column]
	out, places := &frame.Codes{Rows: make([]int32, len(o.groups))}, make([]int32, len(values))
	for row, g := range o.groups {
		code := codes[g]
		if row == o.other || code == 0 {
			out.Rows[row] = -1
			continue
		}
		if places[code] == 0 {
			out.Texts = append(out.Texts, values[code].(string))
			places[code] = int32(len(out.Texts)) //nolint:gosec // no more than rows
		}
		out.Rows[row] = places[code] - 1
	}
	return out
}

// measure is a column of the groups' values.
func (o *output) measure(i int, kind frame.Kind) (arrow.Array, error) {
	if sums, seen, ok := o.m.measures[i].whole(); ok {
		values := make([]int64, len(o.groups))
		var valid []bool
		if seen != nil {
			valid = make([]bool, len(o.groups))
		}
		for row, g := range o.groups {
			if values[row] = sums[g]; seen != nil {
				valid[row] = seen[g]
			}
		}
		return frame.Ints(values, valid), nil
	}
	of, overflow := o.m.measures[i].of, false
	out, err := o.column(kind, func(row int) any {
		v := of(o.groups[row])
		if sum, ok := v.(*big.Int); ok {
			overflow = overflow || !sum.IsInt64()
			return sum.Int64()
		}
		return v
	})
	if overflow {
		return nil, source.Overflow(nil)
	}
	return out, err
}
