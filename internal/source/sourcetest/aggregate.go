package sourcetest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// text names a key; equal keys have equal names.
func text(key []any) string { return fmt.Sprintf("%#v", key) }

// keysOf returns the keys that a row counts under: one, or for a list one for each different value.
func keysOf(groups []query.Group, r Row) [][]any {
	keys := [][]any{nil}
	for _, g := range groups {
		var next [][]any
		for _, k := range keys {
			for _, v := range groupValues(g, r[g.Field.Column]) {
				next = append(next, append(slices.Clone(k), v))
			}
		}
		keys = next
	}
	return keys
}

func groupValues(g query.Group, v any) []any {
	if g.Field.Multi {
		list, _ := v.([]string)
		var out []any
		for _, s := range slices.Compact(slices.Sorted(slices.Values(list))) {
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

func part(g query.Group, t time.Time) int64 {
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
	for _, m := range q.Measures {
		if m.Formula == nil {
			out = append(out, aggregate(m, rows))
			continue
		}
		inputs := make(map[string]any)
		for _, i := range m.Inputs {
			inputs[i.Name] = aggregate(i, rows)
		}
		out = append(out, evaluate(m.Formula, inputs))
	}
	return out
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

func aggregate(m query.Measure, rows []Row) any {
	var values []any
	for _, r := range rows {
		switch v := r[m.Field.Column]; {
		case m.Where != nil && !holds(m.Where, r):
		case m.Field.Column == "":
			values = append(values, true)
		case v != nil:
			values = append(values, v)
		}
	}
	if m.Agg == query.Count {
		return int64(len(values))
	}
	slices.SortFunc(values, compare)
	if m.Agg == query.CountDistinct {
		return int64(len(slices.CompactFunc(values, func(x, y any) bool { return compare(x, y) == 0 })))
	}
	if len(values) == 0 {
		return nil
	}
	sum := 0.0
	for _, v := range values {
		sum += number(v)
	}
	switch m.Agg {
	case query.Min:
		return values[0]
	case query.Max:
		return values[len(values)-1]
	case query.Avg:
		return sum / float64(len(values))
	case query.Percentile:
		at := m.Fraction * float64(len(values)-1)
		low := math.Floor(at)
		x, y := number(values[int(low)]), number(values[int(math.Ceil(at))])
		return x + (y-x)*(at-low)
	default: // a sum, below
	}
	if m.Field.Type == query.Int {
		return int64(sum)
	}
	return sum
}
