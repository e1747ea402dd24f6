package rollup

import (
	"math"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// value is what a group's measure comes to; nil where there is none.
type value func(group int32) any

// measured is a measure as it is put together from the parts that are merged.
type measured struct {
	of value
	// sums are those of the only part, where that is all there is to it; counted says that a group without any has 0.
	sums    *wholes
	counted bool
}

// whole returns the values by group, and which groups have one: nil says that all have. False where the values have to be asked for.
func (m *measured) whole() (values []int64, seen []bool, ok bool) {
	switch {
	case m.sums == nil || len(m.sums.big) > 0:
		return nil, nil, false
	case m.counted:
		return m.sums.sums, nil, true
	}
	return m.sums.sums, m.sums.seen, true
}

// measure returns how a measure is put together.
func (m *Merge) measure(of *query.Measure) measured {
	out := measured{of: m.valueOf(of), counted: of.Agg == query.Count}
	if of.Formula == nil && (out.counted || of.Agg == query.Sum) {
		parts, _, _ := partsOf(*of)
		out.sums, _ = m.columns[m.at(parts[0])].(*wholes)
	}
	return out
}

func (m *Merge) valueOf(of *query.Measure) value {
	if of.Formula == nil {
		return m.plain(of)
	}
	inputs := make(map[string]value, len(of.Inputs))
	for i := range of.Inputs {
		inputs[of.Inputs[i].Name] = m.plain(&of.Inputs[i])
	}
	return func(group int32) any {
		v, ok := evaluate(of.Formula, inputs, group)
		if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	}
}

// plain returns that of one aggregate.
func (m *Merge) plain(of *query.Measure) value {
	parts, _, _ := partsOf(*of)
	switch of.Agg {
	case query.CountDistinct:
		return m.valuesOf(of, parts[0]).different
	case query.Percentile:
		c := m.valuesOf(of, parts[0])
		return func(group int32) any { return c.percentile(group, of.Fraction) }
	default: // below
	}
	first := m.part(parts[0])
	switch of.Agg {
	case query.Count:
		return func(group int32) any {
			if v := first(group); v != nil {
				return v
			}
			return int64(0)
		}
	case query.Sum:
		return m.unlessBroken(parts, first)
	case query.Avg:
		count := m.part(parts[1])
		return m.unlessBroken(parts, func(group int32) any {
			sum, ok := number(first(group))
			n, _ := number(count(group))
			if !ok || n == 0 {
				return nil
			}
			return sum / n
		})
	default: // an extreme
	}
	return first
}

// unlessBroken makes no sum of what is no number.
func (m *Merge) unlessBroken(parts []query.Measure, sum value) value {
	last := parts[len(parts)-1]
	if last.Agg != query.NonFinite {
		return sum
	}
	broken := m.part(last)
	return func(group int32) any {
		if n, _ := broken(group).(int64); n > 0 {
			return nil
		}
		return sum(group)
	}
}

// valuesOf are the values that a percentile or a count of different ones is made of.
func (m *Merge) valuesOf(of *query.Measure, rows query.Measure) *values {
	i := slices.IndexFunc(m.values, func(v *values) bool { return v.of == of.Field && v.part == rows.Name })
	if i < 0 {
		i = len(m.values)
		m.values = append(m.values, &values{of: of.Field, part: rows.Name})
	}
	return m.values[i]
}

// part is the merged value of a part.
func (m *Merge) part(of query.Measure) value {
	return m.columns[m.at(of)].value
}

// at is the place of a part.
func (m *Merge) at(of query.Measure) int {
	return slices.IndexFunc(m.parts, func(p query.Measure) bool { return p.Name == of.Name })
}

// evaluate computes a formula; false is null.
func evaluate(e query.Expr, inputs map[string]value, group int32) (float64, bool) {
	switch e := e.(type) {
	case query.Number:
		return float64(e), true
	case query.Ref:
		if input, ok := inputs[string(e)]; ok {
			return number(input(group))
		}
	case query.Binary:
		x, okX := evaluate(e.Left, inputs, group)
		y, okY := evaluate(e.Right, inputs, group)
		if !okX || !okY || e.Op == "/" && y == 0 {
			return 0, false
		}
		switch e.Op {
		case "+":
			return x + y, true
		case "-":
			return x - y, true
		case "*":
			return x * y, true
		case "/":
			return x / y, true
		}
	}
	return 0, false
}
