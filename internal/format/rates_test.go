package format_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// rated is a widget with the rate good/all, of which all is shown and good is not.
func rated(kind catalog.Kind, dimensions ...string) *plan.Widget {
	w := widget(kind)
	w.Spec.Measures = []*catalog.Measure{{Name: "rate", Fill: "null"}, {Name: "all", Fill: "zero"}}
	w.Spec.Operands = []*catalog.Measure{{Name: "good", Fill: "zero"}}
	w.Spec.Rates = map[string]catalog.Rate{"rate": {Numerator: "good", Denominator: "all"}}
	for _, d := range dimensions {
		w.Spec.Dimensions = append(w.Spec.Dimensions, &catalog.Dimension{Name: d})
	}
	return w
}

// A rate names the columns of its numerator and denominator, in every kind that shows measures; they are not compared, and an empty
// bucket has none of none.
func TestRatesNameTheirOperands(t *testing.T) {
	t.Parallel()
	numbers := []frame.Field{{Name: "rate", Kind: frame.Float}, {Name: "all", Kind: frame.Int}, {Name: "good", Kind: frame.Int}}
	fields := func(keys ...frame.Field) []frame.Field { return append(keys, numbers...) }
	text, whole := func(name string) frame.Field { return frame.Field{Name: name, Kind: frame.String} }, func(name string) frame.Field { return frame.Field{Name: name, Kind: frame.Int} }
	series, split := rated(catalog.Timeseries), rated(catalog.Timeseries, "city")
	for _, w := range []*plan.Widget{series, split} {
		w.Edges = []time.Time{day(1), day(2), day(3)}
	}
	bins := rated(catalog.Histogram)
	bins.Spec.Bins, bins.Spec.BinField, bins.Spec.Cumulative = &query.Bins{Width: 1, Count: 1}, &catalog.Dimension{Name: "n"}, true
	row := []any{0.25, int64(8), int64(2)}
	for name, c := range map[string]struct {
		widget *plan.Widget
		fields []frame.Field
		row    []any
		rate   string
		good   []any
	}{
		"stat":      {rated(catalog.Stat), fields(), row, "rate", []any{int64(2)}},
		"breakdown": {rated(catalog.Breakdown, "city"), fields(text("city")), append([]any{"Cairo"}, row...), "rate", []any{int64(2)}},
		"table":     {rated(catalog.Table, "city"), fields(text("city")), append([]any{"Cairo"}, row...), "rate", []any{int64(2)}},
		"heatmap":   {rated(catalog.Heatmap, "city", "sky"), fields(text("city"), text("sky")), append([]any{"Cairo", "sun"}, row...), "rate", []any{int64(2)}},
		"histogram": {bins, fields(whole(plan.ColumnBin)), append([]any{int64(0)}, row...), "rate", []any{int64(2)}},
		"series":    {series, fields(whole(plan.ColumnBucket)), append([]any{int64(1)}, row...), "rate", []any{int64(0), int64(2)}},
		"split":     {split, fields(whole(plan.ColumnBucket), text("city")), append([]any{int64(1), "Cairo"}, row...), "rate_Cairo", []any{int64(0), int64(2)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := format.Input{Widget: c.widget, Results: map[plan.Role]*source.Result{plan.Main: result(t, c.fields, c.row)}}
			if c.widget.Kind == catalog.Stat || c.widget.Kind == catalog.Breakdown {
				in.Results[plan.Comparison] = result(t, c.fields, c.row)
			}
			d, err := format.Widget(in)
			if err != nil {
				t.Fatal(err)
			}
			at, operands := map[string]int{}, []string{}
			for i, f := range d.Schema.Fields {
				at[f.Name] = i
				if f.Role == "operand" {
					operands = append(operands, f.Name)
				}
			}
			rate := d.Schema.Fields[at[c.rate]]
			if len(operands) != 1 || rate.Numerator != operands[0] || at[rate.Denominator] == 0 && rate.Denominator != d.Schema.Fields[0].Name {
				t.Fatalf("operands %v of %+v", operands, rate)
			}
			if diff := cmp.Diff(c.good, d.Data.Values[at[rate.Numerator]]); diff != "" {
				t.Error(diff)
			}
			for _, f := range d.Schema.Fields {
				if f.Role != "measure" && f.Numerator != "" || f.Name == rate.Numerator+"_previous" || f.Name == rate.Numerator+"_cumulative" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}
