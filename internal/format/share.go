package format

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// A share is a group's value over the total of all groups, shown or not: null where the total is zero or not known, as of an
// answer that was cut. A group without a value adds nothing. Where a row counts under each value of a list, the total counts it as often.

// shares divides values by a total.
func shares(values []any, total any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = share(v, total)
	}
	return out
}

func share(value, total any) any {
	a, okA := number(value)
	b, okB := number(total)
	if !okA || !okB || b == 0 {
		return nil
	}
	return cell(a / b)
}

// totalOf adds a measure up over all rows of a frame; null where the frame is not the whole answer.
func totalOf(f *frame.Frame, m *catalog.Measure, cut bool) (any, error) {
	c, err := f.Column(m.Name)
	if err != nil || cut {
		return nil, err
	}
	return sum(column(c)), nil
}

// sum adds what is known, in double precision: shares need no more.
func sum(values []any) any {
	total := 0.0
	for _, v := range values {
		n, _ := number(v)
		total += n
	}
	return total
}

// points is by how many percentage points a share moved; null where one of both is.
func points(now, before []any) []any {
	out := make([]any, len(now))
	for i := range now {
		a, okA := number(now[i])
		b, okB := number(before[i])
		if okA && okB {
			out[i] = 100 * (a - b)
		}
	}
	return out
}

// shareFields describe a share, its previous value and its change in percentage points.
func (t *table) shareFields(m *catalog.Measure) (now, before, change Field) {
	now = t.derived(m, catalog.ShareSuffix, roleShare)
	before = t.derived(m, catalog.ShareSuffix+"_previous", rolePrevious)
	change = t.derived(m, catalog.ShareSuffix+"_change", roleChange)
	name := now.Config.DisplayName
	for _, f := range []*Field{&now, &before, &change} {
		f.Config.Unit, f.Config.Decimals, f.Config.NeutralRange, f.Kind = "percentunit", nil, nil, frame.Float
	}
	before.Config.DisplayName = name + said(rolePrevious, t.in.Widget.Language)
	change.Config.DisplayName = name + said(roleChange, t.in.Widget.Language)
	change.Config.Unit = percentagePoints
	return now, before, change
}

// percentagePoints is Grafana's way to have a unit of one's own.
const percentagePoints = "suffix: pp"
