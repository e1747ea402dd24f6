package rollup

import (
	"math"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// value is what a group's measure comes to; nil where there is none.
type value func(group int32) any

// measure returns how a measure is put together from the parts that are merged.
func (m *Merge) measure(of *query.Measure) value {
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
	i := slices.IndexFunc(m.parts, func(p query.Measure) bool { return p.Name == of.Name })
	return m.columns[i].value
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
