package sourcetest

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// text names a key; equal keys have equal names.
func text(key []any) string {
	var out []byte
	for _, v := range key {
		if t, ok := v.(time.Time); ok {
			v = t.UnixNano() // of 1677 to 2262
		}
		if f, ok := v.(float64); ok {
			v = f + 0 // a zero has two signs
		}
		out = fmt.Appendf(out, "%T %#v\x00", v, v)
	}
	return string(out)
}

// keysOf returns the keys that a row counts under: one, or for a list one for each different value.
func keysOf(groups []query.Group, r Row) [][]any {
	keys := [][]any{nil}
	for i := range groups {
		var next [][]any
		for _, k := range keys {
			for _, v := range groupValues(&groups[i], r) {
				next = append(next, append(slices.Clone(k), v))
			}
		}
		keys = next
	}
	return keys
}

func groupValues(g *query.Group, r Row) []any {
	v := value(r, g.Field, g.Storage, g.Zone)
	if g.Field.Multi {
		var out []any
		for _, s := range slices.Compact(slices.Sorted(slices.Values(elements(v)))) {
			out = append(out, s)
		}
		return out
	}
	if v == nil {
		return []any{nil}
	}
	switch {
	case g.Part != "":
		return []any{part(g, v.(time.Time))}
	case g.Buckets != nil:
		t := v.(time.Time)
		for i := range len(g.Buckets.Edges) - 1 {
			if !t.Before(g.Buckets.Edges[i]) && t.Before(g.Buckets.Edges[i+1]) {
				return []any{int64(i)}
			}
		}
		return []any{nil}
	case g.Bins != nil:
		i := math.Floor((number(v) - g.Bins.Start) / g.Bins.Width)
		return []any{int64(min(max(i, -1), float64(g.Bins.Count)))}
	}
	return []any{v}
}

func part(g *query.Group, t time.Time) int64 {
	for _, o := range g.Offsets {
		if o.Until.IsZero() || t.Before(o.Until) {
			t = t.UTC().Add(time.Duration(o.Seconds) * time.Second)
			break
		}
	}
	switch g.Part {
	case query.Hour:
		return int64(t.Hour())
	case query.Weekday:
		return int64(t.Weekday()+6) % 7
	case query.Monthday:
		return int64(t.Day())
	default: // the month, below
	}
	return int64(t.Month())
}

func measured(q *query.Query, key []any, rows []Row) []any {
	out := slices.Clone(key)
	for i := range q.Measures {
		m := &q.Measures[i]
		if m.Formula == nil {
			out = append(out, aggregate(m, rows))
			continue
		}
		inputs := make(map[string]any)
		for j := range m.Inputs {
			inputs[m.Inputs[j].Name] = aggregate(&m.Inputs[j], rows)
		}
		v := evaluate(m.Formula, inputs)
		if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			v = nil
		}
		out = append(out, v)
	}
	return out
}

// whole returns a sum of whole numbers as one; beyond 64 bits it is an error, and never another number.
func whole(v any) (any, error) {
	sum, ok := v.(*big.Int)
	if !ok {
		return v, nil
	}
	if !sum.IsInt64() {
		return nil, fault.New(fault.Permanent, "source_overflow", "", errors.New("beyond 64 bits"))
	}
	return sum.Int64(), nil
}

func evaluate(e query.Expr, inputs map[string]any) any {
	switch e := e.(type) {
	case query.Number:
		return float64(e)
	case query.Ref:
		if v := inputs[string(e)]; v != nil {
			return number(v)
		}
	case query.Binary:
		x, y := evaluate(e.Left, inputs), evaluate(e.Right, inputs)
		if x == nil || y == nil || e.Op == "/" && number(y) == 0 {
			return nil
		}
		switch e.Op {
		case "+":
			return number(x) + number(y)
		case "-":
			return number(x) - number(y)
		case "*":
			return number(x) * number(y)
		}
		return number(x) / number(y)
	}
	return nil
}

// aggregate returns a plain aggregate. A sum of whole numbers is a *big.Int.
func aggregate(m *query.Measure, rows []Row) any {
	var values []any
	broken := int64(0)
	for _, r := range rows {
		if m.Where != nil && !holds(m.Where, r) {
			continue
		}
		if f, ok := r[m.Field.Column].(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			broken++
		}
		if m.Field.Column == "" {
			values = append(values, true)
		} else if v := value(r, m.Field, m.Storage, m.Zone); v != nil {
			values = append(values, v)
		}
	}
	switch m.Agg {
	case query.Count:
		return int64(len(values))
	case query.NonFinite:
		return broken
	default: // below
	}
	slices.SortFunc(values, compare)
	if m.Agg == query.CountDistinct {
		return int64(len(slices.CompactFunc(values, func(x, y any) bool { return compare(x, y) == 0 })))
	}
	if len(values) == 0 || broken > 0 && (m.Agg == query.Sum || m.Agg == query.Avg) {
		return nil // nothing is made of nothing, and no sum of what is no number
	}
	switch m.Agg {
	case query.Min:
		return values[0]
	case query.Max:
		return values[len(values)-1]
	case query.Avg:
		return number(sum(m, values)) / float64(len(values))
	case query.Percentile:
		at := m.Fraction * float64(len(values)-1)
		low := math.Floor(at)
		x, y := number(values[int(low)]), number(values[int(math.Ceil(at))])
		return float64(x*(1-(at-low))) + float64(y*(at-low))
	default: // a sum
	}
	return sum(m, values)
}

func sum(m *query.Measure, values []any) any {
	if m.Field.Type == query.Int {
		total := new(big.Int)
		for _, v := range values {
			total.Add(total, big.NewInt(v.(int64)))
		}
		return total
	}
	total := 0.0
	for _, v := range values {
		total += number(v)
	}
	return total
}

func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	}
	return math.NaN()
}
