package format

import (
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// splitSeries is one series of a split: the rows of each bucket, now and before, by the groups that it is of.
type splitSeries struct {
	name        string
	rest        bool
	now, before [][]int
}

// splitSeries returns a series for each of the largest groups and, where the widget has it, one for all others. What was a group before and is none now
// belongs to those.
func (t *table) splitSeries(top []group, now, before map[group][]int) (out []splitSeries) {
	w := t.in.Widget
	for _, g := range top {
		s := splitSeries{name: g.name}
		if g.null {
			s.name = none(w.Language)
		}
		s.now = append(s.now, now[g])
		if at, ok := before[g]; ok {
			s.before = append(s.before, at)
		}
		out = append(out, s)
	}
	if !w.Spec.Others || len(now) <= len(top) {
		return out
	}
	rest := splitSeries{name: others(w.Language), rest: true}
	for g, at := range now {
		if !slices.Contains(top, g) {
			rest.now = append(rest.now, at)
		}
	}
	for g, at := range before {
		if !slices.Contains(top, g) {
			rest.before = append(rest.before, at)
		}
	}
	return append(out, rest)
}

// others is how the rest of the groups reads.
func others(language string) string {
	if language == "ar" {
		return "البقية"
	}
	return "all others"
}

// added returns the values of a series, bucket by bucket: of a group as they are, of the others as their sum, which is null where the store cut groups off.
func (t *table) added(role plan.Role, m *catalog.Measure, s [][]int, rest bool, edges []time.Time) ([]any, error) {
	r, at := t.in.Results[role], absent(len(edges)-1)
	if rest && r.Truncated {
		return make([]any, len(at)), nil
	}
	if !rest && len(s) > 0 {
		at = s[0]
	}
	out, err := t.series(r.Frame, m, at, edges)
	if err != nil || !rest {
		return out, err
	}
	c, err := r.Frame.Column(m.Name)
	if err != nil {
		return nil, err
	}
	for i := range out {
		var values []any
		for _, at := range s {
			if at[i] >= 0 && !c.Null(at[i]) {
				values = append(values, cell(c.Value(at[i])))
			}
		}
		if len(values) > 0 {
			out[i] = exactly(values)
		}
	}
	return out, nil
}

// exactly adds numbers up; whole ones stay whole where 64 bits hold their sum.
func exactly(values []any) any {
	var total int64
	for _, v := range values {
		n, ok := v.(int64)
		after := total + n
		if !ok || (n > 0) != (after > total) && n != 0 {
			return sum(values)
		}
		total = after
	}
	return total
}
