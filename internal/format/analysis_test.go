package format_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// analytical are the golden cases of the analytical widgets.
func analytical() map[string]func(*testing.T) format.Input {
	return map[string]func(*testing.T) format.Input{
		"trend_scores":          trendInput,
		"trend_short_history":   shortHistory,
		"keyness_both":          func(t *testing.T) format.Input { return keynessInput(t, catalog.Both) },
		"tree_pruned":           treeInput,
		"feed_gaps":             gapsInput,
		"timeseries_cumulative": cumulativeSeries,
		"histogram_cumulative":  cumulativeBins,
		"keyness_nothing":       func(t *testing.T) format.Input { return emptySide(t) },
	}
}

// word is a term with its counts in the windows of trendInput, and when it was first and last seen.
type word struct {
	term        any
	counts      []int64
	first, last time.Time
}

// trendOf makes a trend of windows of a day, the last of which is the third of March.
func trendOf(t *testing.T, words ...word) format.Input {
	t.Helper()
	w := widget(catalog.TrendKind)
	w.Range, w.Spec.Top, w.Spec.Minimum = query.Range{From: day(3), To: day(4)}, 10, 5
	w.Spec.Dimensions = []*catalog.Dimension{{Name: "word", Label: catalog.Labels{"en": "Word"}, Field: query.Field{Type: query.String, Multi: true}}}
	w.Spec.Trend = catalog.Trend{Window: catalog.Day, Sample: &catalog.Dimension{Name: "text", Label: catalog.Labels{"en": "Text"}, Mask: true}}
	fields := []frame.Field{{Name: "word", Kind: frame.String}}
	for i := range words[0].counts {
		at := day(3 - len(words[0].counts) + 1 + i)
		w.Windows = append(w.Windows, query.Range{From: at, To: at.AddDate(0, 0, 1)})
		fields = append(fields, frame.Field{Name: plan.WindowColumn(i), Kind: frame.Int})
	}
	fields = append(fields, frame.Field{Name: catalog.ColumnFirstSeen, Kind: frame.Time}, frame.Field{Name: catalog.ColumnLastSeen, Kind: frame.Time})
	w.Steps = []plan.Step{{Role: plan.Main, Query: &query.Query{Limit: len(words)}}}
	rows := make([][]any, len(words))
	for i, x := range words {
		rows[i] = []any{x.term}
		for _, n := range x.counts {
			rows[i] = append(rows[i], n)
		}
		rows[i] = append(rows[i], x.first, x.last)
	}
	return format.Input{Widget: w, Results: map[plan.Role]*source.Result{plan.Main: result(t, fields, rows...)}}
}

func trendInput(t *testing.T) format.Input {
	t.Helper()
	before := day(-5)
	in := trendOf(t,
		word{nil, []int64{0, 9, 0, 0, 0, 0, 0, 0, 40}, before, day(3)},                                // rows without a word are no term
		word{"steady", []int64{30, 30, 30, 30, 30, 30, 30, 30, 30}, before, day(3)},                   // no deviation: the least one
		word{"fresh", []int64{0, 0, 0, 0, 0, 0, 0, 0, 12}, day(3), day(3).Add(time.Hour)},             // never before
		word{"risen", []int64{2, 4, 4, 4, 5, 5, 7, 9, 11}, before, day(3).Add(2 * time.Hour)},         // (11 − 5) / 2 = 3
		word{"fallen", []int64{20, 22, 20, 22, 20, 22, 20, 22, 9}, before, day(3).Add(3 * time.Hour)}, // (9 − 21) / 1 = −12
		word{"rare", []int64{0, 0, 0, 0, 0, 0, 0, 0, 4}, day(3), day(3)},                              // less than the minimum
	)
	in.Widget.Steps[0].Query.Limit = 6
	in.Results[plan.Sample] = result(t, []frame.Field{{Name: catalog.ColumnLastSeen, Kind: frame.Time}, {Name: "word", Kind: frame.String}, {Name: catalog.ColumnSample, Kind: frame.String}},
		[]any{day(3).Add(2 * time.Hour), "unrisen" + query.ListSeparator + "risen", "Write to somebody@example.com"}, []any{day(3).Add(time.Hour), "refresh", "of another term"},
		[]any{day(3).Add(time.Hour), "fresh", "The newest"}, []any{day(3), "fresh", "An older one"})
	in.Sources = map[plan.Role]string{plan.Main: "s", plan.Sample: "s"}
	return in
}

// shortHistory has rows in the last three windows alone: two are history, and a score needs three. The terms that are left have the minimum of rows.
func shortHistory(t *testing.T) format.Input {
	t.Helper()
	return trendOf(t,
		word{"common", []int64{0, 0, 4, 6, 9}, day(1).Add(time.Hour), day(3)},
		word{"new", []int64{0, 0, 0, 0, 7}, day(3), day(3)},
	)
}

// keynessOf is over 100 rows that were asked for and 1000 others.
func keynessOf(t *testing.T, direction catalog.Direction, focus, other int64, rows ...[]any) format.Input {
	t.Helper()
	w := widget(catalog.Keyness)
	w.Spec.Top, w.Spec.Minimum, w.Spec.Direction = 10, 5, direction
	w.Spec.Dimensions = []*catalog.Dimension{{Name: "word", Label: catalog.Labels{"en": "Word"}}}
	w.Steps = []plan.Step{{Role: plan.Main, Query: &query.Query{Limit: 100, Order: []query.Order{{Name: plan.ColumnObserved}}}}, {Role: plan.Total, Query: &query.Query{}}}
	observed, background := frame.Field{Name: plan.ColumnObserved, Kind: frame.Int}, frame.Field{Name: plan.ColumnBackground, Kind: frame.Int}
	return format.Input{Widget: w, Sources: map[plan.Role]string{plan.Main: "s", plan.Total: "s"}, Results: map[plan.Role]*source.Result{
		plan.Main:  result(t, []frame.Field{{Name: "word", Kind: frame.String}, observed, background}, rows...),
		plan.Total: result(t, []frame.Field{observed, background}, []any{focus, other}),
	}}
}

func keynessInput(t *testing.T, direction catalog.Direction) format.Input {
	t.Helper()
	return keynessOf(t, direction, 100, 1000,
		[]any{"refund", int64(20), int64(50)},    // 20 % against 5 %: four times, log ratio 2
		[]any{"only here", int64(8), int64(0)},   // counts as half a row elsewhere
		[]any{"the same", int64(10), int64(100)}, // as common: neither over- nor under-used
		[]any{"elsewhere", int64(1), int64(80)},  // under-used
		[]any{"rare", int64(4), int64(0)},        // less than the minimum
		[]any{nil, int64(60), int64(9)})
}

// emptySide has no other rows, so that there is nothing to compare with.
func emptySide(t *testing.T) format.Input {
	t.Helper()
	return keynessOf(t, catalog.Over, 100, 0, []any{"refund", int64(20), int64(0)})
}

// columnOf returns a column of a widget's data.
func columnOf(t *testing.T, d *format.Data, name string) []any {
	t.Helper()
	for i, f := range d.Schema.Fields {
		if f.Name == name {
			return d.Data.Values[i]
		}
	}
	t.Fatalf("no column %q", name)
	return nil
}

// TestDirectionsOfKeyness: over lists what is more common in the asked rows, under what is less, by the strength of the evidence.
func TestDirectionsOfKeyness(t *testing.T) {
	t.Parallel()
	for direction, want := range map[catalog.Direction][]any{
		catalog.Over: {"only here", "refund"}, catalog.Under: {"elsewhere"}, catalog.Both: {"only here", "refund", "elsewhere"},
	} {
		d, err := format.Widget(keynessInput(t, direction))
		if err != nil {
			t.Fatal(err)
		}
		terms := columnOf(t, d, "word")
		if len(terms) != len(want) {
			t.Errorf("%s: %v, want %v", direction, terms, want)
			continue
		}
		for i := range want {
			if terms[i] != want[i] {
				t.Errorf("%s: %v, want %v", direction, terms, want)
			}
		}
	}
}

// TestKeynessWithoutWhatWasSought: a term that the request looks for relates to nothing but itself.
func TestKeynessWithoutWhatWasSought(t *testing.T) {
	t.Parallel()
	in := keynessInput(t, catalog.Over)
	in.Widget.Sought = []plan.Sought{{Op: query.Eq, Text: "only here"}}
	d, err := format.Widget(in)
	if err != nil {
		t.Fatal(err)
	}
	if terms := columnOf(t, d, "word"); !slices.Equal(terms, []any{"refund"}) {
		t.Errorf("related terms are %v", terms)
	}
}

// TestCodesHaveWords: values that are codes stay the same in all languages, and the column says how they are read.
func TestCodesHaveWords(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]map[string]string{"en": {"new": "New", "over": "More common"}, "ar": {"new": "جديد", "over": "أكثر شيوعًا"}} {
		for name, in := range map[string]format.Input{"reason": trendInput(t), "use": keynessInput(t, catalog.Both)} {
			in.Widget.Language = language
			d, err := format.Widget(in)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(d.Schema.Fields, func(f format.Field) bool { return f.Name == name })
			read := 0
			for _, v := range d.Data.Values[i] {
				code, ok := v.(string)
				if !ok {
					continue
				}
				text := d.Schema.Fields[i].Config.Read(code)
				if text == code || want[code] != "" && text != want[code] {
					t.Errorf("%s: %s reads %q", language, code, text)
				}
				if want[code] != "" {
					read++
				}
			}
			if read == 0 {
				t.Errorf("%s: %s has %v", language, name, d.Data.Values[i])
			}
		}
	}
}

// TestNewest: the samples that are asked for are those of the terms that are shown.
func TestNewest(t *testing.T) {
	t.Parallel()
	in := trendInput(t)
	in.Widget.Spec.Top = 2
	terms, times, err := format.Newest(in)
	if err != nil || len(terms) != 2 || len(times) != 2 {
		t.Fatalf("%v, %v, %v", terms, times, err)
	}
	if terms[0] != "fresh" || !times[0].Equal(day(3).Add(time.Hour)) || terms[1] != "risen" || !times[1].Equal(day(3).Add(2*time.Hour)) {
		t.Errorf("%v at %v", terms, times)
	}
}

// TestTrendHasNoInfinity: no count gives a score that is infinite or no number.
func TestTrendHasNoInfinity(t *testing.T) {
	t.Parallel()
	for _, counts := range [][]int64{{0, 0, 0, 5}, {5, 5, 5, 5}, {math.MaxInt64, 0, 0, math.MaxInt64}} {
		in := trendOf(t, word{"w", counts, day(0), day(3)})
		d, err := format.Widget(in)
		if err != nil {
			t.Fatal(err)
		}
		if score, ok := columnOf(t, d, catalog.ColumnScore)[0].(float64); !ok || math.IsNaN(score) || math.IsInf(score, 0) {
			t.Errorf("%v: score %v", counts, columnOf(t, d, catalog.ColumnScore)[0])
		}
	}
}
