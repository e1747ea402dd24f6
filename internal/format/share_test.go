package format_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// columns returns a widget's values by the names of their columns.
func columns(t *testing.T, in format.Input) map[string][]any {
	t.Helper()
	d, err := format.Widget(in)
	if err != nil {
		t.Fatal(err)
	}
	exact(t, d)
	out := make(map[string][]any)
	for i, f := range d.Schema.Fields {
		out[f.Name] = d.Data.Values[i]
	}
	return out
}

func equal(t *testing.T, got, want map[string][]any) {
	t.Helper()
	for name, values := range want {
		if diff := cmp.Diff(values, got[name], cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestSharesOfABreakdown: 6, 3 and 1 of 10, where the row of the others is counted whether it is shown or not. Before, Cairo had 2
// of 8: from 25 % to 60 % are 35 percentage points. Giza was not there: 0 of 8.
func TestSharesOfABreakdown(t *testing.T) {
	t.Parallel()
	fields := []frame.Field{{Name: "city", Kind: frame.String}, {Name: "posts", Kind: frame.Int}, {Name: query.ColumnOther, Kind: frame.Bool}}
	input := func(others bool) format.Input {
		w := widget(catalog.Breakdown)
		w.Spec.Dimensions, w.Spec.Share, w.Spec.Others = []*catalog.Dimension{{Name: "city"}}, true, others
		return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
			plan.Main:       result(t, fields, []any{"Cairo", int64(6), false}, []any{"Giza", int64(3), false}, []any{nil, int64(1), true}),
			plan.Comparison: result(t, fields[:2], []any{"Luxor", int64(6)}, []any{"Cairo", int64(2)}),
		}}
	}
	equal(t, columns(t, input(true)), map[string][]any{
		"posts": {int64(6), int64(3), int64(1)}, "posts_share": {0.6, 0.3, 0.1},
		"posts_share_previous": {0.25, 0.0, nil}, "posts_share_change": {35.0, 30.0, nil}, "is_other": {false, false, true},
	})
	hidden := columns(t, input(false))
	equal(t, hidden, map[string][]any{"city": {"Cairo", "Giza"}, "posts": {int64(6), int64(3)}, "posts_share": {0.6, 0.3}, "posts_share_change": {35.0, 30.0}})
	if hidden["is_other"] != nil {
		t.Error("the others are shown, which nobody asked for")
	}
	cut := input(true)
	cut.Results[plan.Comparison].Truncated = true
	equal(t, columns(t, cut), map[string][]any{"posts_share": {0.6, 0.3, 0.1}, "posts_share_previous": {nil, nil, nil}, "posts_share_change": {nil, nil, nil}})
	none := input(true)
	none.Results[plan.Main] = result(t, fields, []any{"Cairo", int64(0), false})
	equal(t, columns(t, none), map[string][]any{"posts_share": {nil}})
}

// TestSharesOfASeries: of the first day's 8 Cairo has 6, and Luxor, which is not shown, counts; the second day has nothing, so nothing
// has a share of it, and the fourth has not begun.
func TestSharesOfASeries(t *testing.T) {
	t.Parallel()
	fields := []frame.Field{{Name: plan.ColumnBucket, Kind: frame.Int}, {Name: "city", Kind: frame.String}, {Name: "posts", Kind: frame.Int}}
	w := widget(catalog.Timeseries)
	w.Grain, w.Edges = catalog.Day, []time.Time{day(1), day(2), day(3), day(4), day(5)}
	w.ComparisonEdges = []time.Time{day(1).AddDate(0, 0, -4), day(1).AddDate(0, 0, -3), day(1).AddDate(0, 0, -2), day(1).AddDate(0, 0, -1), day(1)}
	w.Spec.Dimensions, w.Spec.Share, w.Spec.Top = []*catalog.Dimension{{Name: "city"}}, true, 2
	in := format.Input{Widget: w, Results: map[plan.Role]*source.Result{
		plan.Main: result(t, fields, []any{int64(0), "Cairo", int64(6)}, []any{int64(0), "Giza", int64(1)}, []any{int64(0), "Luxor", int64(1)},
			[]any{int64(2), "Cairo", int64(1)}, []any{int64(2), "Giza", int64(4)}),
		plan.Comparison: result(t, fields, []any{int64(0), "Cairo", int64(1)}, []any{int64(0), "Aswan", int64(1)}),
	}}
	got := columns(t, in)
	equal(t, got, map[string][]any{
		"posts_share_Cairo": {0.75, nil, 0.2, nil}, "posts_share_Giza": {0.125, nil, 0.8, nil},
		"posts_share_previous_Cairo": {0.5, nil, nil, nil}, "posts_share_change_Cairo": {25.0, nil, nil, nil},
	})
	if got["posts_Luxor"] != nil {
		t.Error("a group beyond the top is shown")
	}
	in.Results[plan.Main].Truncated = true
	equal(t, columns(t, in), map[string][]any{"posts_share_Cairo": {nil, nil, nil, nil}})
}
