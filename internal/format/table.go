package format

import (
	"math"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// table builds a result column by column.
type table struct {
	data *Data
	in   *Input
	// empty says that there is nothing to show: no rows, or nothing counted.
	empty bool
}

func (t *table) main() *frame.Frame { return t.in.Results[plan.Main].Frame }

// comparison returns the frame of the other range, or nil.
func (t *table) comparison() *frame.Frame {
	if r := t.in.Results[plan.Comparison]; r != nil {
		return r.Frame
	}
	return nil
}

func (t *table) add(f Field, values []any) {
	t.data.Schema.Fields = append(t.data.Schema.Fields, f)
	t.data.Data.Values = append(t.data.Data.Values, values)
}

// The roles of a column.
const (
	roleTime      = "time"
	roleDimension = "dimension"
	roleMeasure   = "measure"
	rolePrevious  = "previous"
	roleChange    = "change"
	roleRatio     = "ratio"
	roleOther     = "other"
	roleEdge      = "edge"
	roleLink      = "link"
	roleShare     = "share"
	roleWindow    = "window"
	roleNote      = "note"
	roleNode      = "node"
	// roleOperand is what a rate is made of.
	roleOperand = "operand"
	// roleCumulative is what has come so far.
	roleCumulative = "cumulative"
)

// jsonType returns a column's type as a reader sees it.
func jsonType(k frame.Kind) string {
	switch k {
	case frame.Int, frame.Float:
		return "number"
	case frame.Bool:
		return "boolean"
	case frame.Time:
		return "time"
	case frame.String, frame.Strings:
		return "string"
	}
	return "string"
}

// cell returns a value as JSON has it: times as epoch milliseconds, and what is no number as null, for JSON has
// neither NaN nor infinity.
func cell(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UnixMilli()
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	}
	return v
}

func column(c frame.Column) []any {
	out := make([]any, c.Len())
	for i := range out {
		out[i] = cell(c.Value(i))
	}
	return out
}

// measureField describes a measure's own column.
func (t *table) measureField(m *catalog.Measure) Field {
	var kind frame.Kind
	if c, err := t.main().Column(m.Name); err == nil {
		kind = c.Field.Kind
	}
	spec := t.in.Widget.Spec
	role, rate := roleMeasure, spec.Rates[m.Name]
	if slices.Contains(spec.Operands, m) {
		role = roleOperand
	}
	return Field{
		Name: m.Name, Type: "number", Role: role, Kind: kind, Numerator: rate.Numerator, Denominator: rate.Denominator,
		Config: Config{
			DisplayName: m.Label.In(t.in.Widget.Language, m.Name), Description: m.Definition,
			Unit: m.Unit, Decimals: m.Decimals, DownIsGood: m.DownIsGood, NeutralRange: neutral(m),
		},
	}
}

func neutral(m *catalog.Measure) *[2]float64 {
	if m.NeutralRange == [2]float64{} {
		return nil
	}
	r := m.NeutralRange
	return &r
}

// derived describes a column made of a measure: its previous value, its change, the change as a share.
func (t *table) derived(m *catalog.Measure, suffix, role string) Field {
	f := t.measureField(m)
	f.Name, f.Role, f.Numerator, f.Denominator = m.Name+suffix, role, "", ""
	f.Config.Description = ""
	f.Config.DisplayName += said(role, t.in.Widget.Language)
	switch {
	case role == roleRatio:
		f.Config.Unit, f.Config.Decimals, f.Kind = "percentunit", nil, frame.Float
	case role == roleChange && f.Kind == frame.Time:
		f.Kind = frame.Int // milliseconds
	}
	return f
}

// dimensionField describes a dimension's column.
func (t *table) dimensionField(d *catalog.Dimension, kind frame.Kind) Field {
	return Field{
		Name: d.Name, Type: jsonType(kind), Role: roleDimension, Kind: kind,
		Config: Config{DisplayName: d.Label.In(t.in.Widget.Language, d.Name), NoValue: missing(kind, t.in.Widget.Language), Unit: d.Unit},
	}
}

// compare adds the previous value, the change and its share beside a measure's values.
func (t *table) compare(m *catalog.Measure, now, before []any) {
	changes, ratios := make([]any, len(now)), make([]any, len(now))
	for i := range now {
		a, okA := number(now[i])
		b, okB := number(before[i])
		if okA && okB {
			changes[i] = difference(now[i], before[i], a-b)
			if b != 0 {
				ratios[i] = (a - b) / abs(b)
			}
		}
	}
	t.add(t.derived(m, "_previous", rolePrevious), before)
	t.add(t.derived(m, "_change", roleChange), changes)
	t.add(t.derived(m, "_change_ratio", roleRatio), ratios)
}

// difference keeps whole numbers whole.
func difference(a, b any, f float64) any {
	if x, ok := a.(int64); ok {
		if y, ok := b.(int64); ok {
			return x - y
		}
	}
	return f
}

func abs(f float64) float64 {
	if f < 0 {
		return -f
	}
	return f
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// nothing says whether all values are null or zero.
func nothing(values []any) bool {
	for _, v := range values {
		if f, ok := number(v); v != nil && (!ok || f != 0) {
			return false
		}
	}
	return true
}
