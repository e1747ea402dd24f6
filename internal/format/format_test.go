package format_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/format/schema"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

var update = flag.Bool("update", false, "write the golden files of TestGolden")

func TestSchemaIsPublished(t *testing.T) {
	t.Parallel()
	published, err := os.ReadFile(filepath.Join("..", "..", "docs", "schema", "result.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(schema.Result()), string(published)); diff != "" {
		t.Errorf("docs/schema/result.schema.json is not what schema.Result returns:\n%s", diff)
	}
}

func day(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }

func result(t *testing.T, fields []frame.Field, rows ...[]any) *source.Result {
	t.Helper()
	b, err := frame.NewBuilder(fields...)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := b.Append(row...); err != nil {
			t.Fatal(err)
		}
	}
	return &source.Result{Frame: b.Frame(), AsOf: day(3)}
}

func widget(kind catalog.Kind) *plan.Widget {
	return &plan.Widget{
		ID: "w", Kind: kind, Language: "en", Zone: "UTC", Now: day(3).Add(time.Hour), Range: query.Range{From: day(1), To: day(5)},
		Spec: &catalog.Widget{
			Dataset: &catalog.Dataset{Time: &query.TimeField{}},
			Measures: []*catalog.Measure{{
				Name: "posts", Label: catalog.Labels{"en": "Posts", "ar": "منشورات"}, Query: query.Measure{Agg: "count"},
			}},
		},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	posts := frame.Field{Name: "posts", Kind: frame.Int}
	rate := frame.Field{Name: "posts", Kind: frame.Float}
	city := frame.Field{Name: "city", Kind: frame.String}
	bucket := frame.Field{Name: plan.ColumnBucket, Kind: frame.Int}
	edges := []time.Time{day(1), day(2), day(3), day(4), day(5)}
	tests := map[string]func(t *testing.T) format.Input{
		"stat_compared": func(t *testing.T) format.Input {
			w := widget(catalog.Stat)
			w.Spec.Compare, w.Comparison = catalog.PriorPeriod, query.Range{From: day(1).AddDate(0, 0, -4), To: day(1)}
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main:       result(t, []frame.Field{posts}, []any{int64(6)}),
				plan.Comparison: result(t, []frame.Field{posts}, []any{int64(4)}),
			}}
		},
		"stat_nan_arabic": func(t *testing.T) format.Input {
			w := widget(catalog.Stat)
			w.Language, w.Spec.Dataset.Synthetic = "ar", true
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main: result(t, []frame.Field{rate}, []any{math.NaN()}),
			}}
		},
		"timeseries_marks": func(t *testing.T) format.Input {
			w := widget(catalog.Timeseries)
			w.Grain, w.Edges = catalog.Day, edges
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main: result(t, []frame.Field{bucket, posts}, []any{int64(0), int64(2)}, []any{int64(2), int64(1)}),
			}}
		},
		"timeseries_split_null": func(t *testing.T) format.Input {
			w := widget(catalog.Timeseries)
			w.Grain, w.Edges = catalog.Day, edges
			w.Spec.Dimensions = []*catalog.Dimension{{Name: "city"}}
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main: result(t, []frame.Field{bucket, city, posts},
					[]any{int64(0), "", int64(5)}, []any{int64(0), nil, int64(3)}, []any{int64(1), "Cairo", int64(9)}),
			}}
		},
		"timeseries_split_compared": func(t *testing.T) format.Input {
			w := widget(catalog.Timeseries)
			w.Grain, w.Edges = catalog.Day, edges
			w.ComparisonEdges = []time.Time{day(1).AddDate(0, 0, -4), day(1).AddDate(0, 0, -3), day(1).AddDate(0, 0, -2), day(1).AddDate(0, 0, -1), day(1)}
			w.Spec.Compare, w.Comparison = catalog.PriorPeriod, query.Range{From: day(1).AddDate(0, 0, -4), To: day(1)}
			w.Spec.Dimensions = []*catalog.Dimension{{Name: "city"}}
			of := []frame.Field{bucket, city, posts}
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main:       result(t, of, []any{int64(0), "Cairo", int64(9)}, []any{int64(1), "Giza", int64(2)}),
				plan.Comparison: result(t, of, []any{int64(1), "Cairo", int64(4)}, []any{int64(2), "Luxor", int64(100)}),
			}}
		},
		// The others are all groups but the largest: of now as of before, whatever they were called.
		"timeseries_split_others": func(t *testing.T) format.Input {
			w := widget(catalog.Timeseries)
			w.Grain, w.Edges = catalog.Day, edges
			w.ComparisonEdges = []time.Time{day(1).AddDate(0, 0, -4), day(1).AddDate(0, 0, -3), day(1).AddDate(0, 0, -2), day(1).AddDate(0, 0, -1), day(1)}
			w.Spec.Compare, w.Comparison = catalog.PriorPeriod, query.Range{From: day(1).AddDate(0, 0, -4), To: day(1)}
			w.Spec.Dimensions, w.Spec.Top, w.Spec.Others = []*catalog.Dimension{{Name: "city"}}, 1, true
			of := []frame.Field{bucket, city, posts}
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main:       result(t, of, []any{int64(0), "Cairo", int64(9)}, []any{int64(0), "Giza", int64(2)}, []any{int64(0), nil, int64(3)}, []any{int64(1), "Giza", nil}),
				plan.Comparison: result(t, of, []any{int64(1), "Cairo", int64(4)}, []any{int64(2), "Luxor", int64(100)}, []any{int64(2), "Giza", int64(1)}),
			}}
		},
		"breakdown_other": func(t *testing.T) format.Input {
			w := widget(catalog.Breakdown)
			w.Spec.Dimensions = []*catalog.Dimension{{Name: "city"}}
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main: result(t, []frame.Field{city, posts, {Name: query.ColumnOther, Kind: frame.Bool}},
					[]any{"Cairo", int64(9), false}, []any{nil, int64(3), false}, []any{nil, int64(2), true}),
			}}
		},
		"feed_links": func(t *testing.T) format.Input {
			w := widget(catalog.Feed)
			w.Page, w.PageSize = 1, 50
			w.Spec.Dimensions = []*catalog.Dimension{{Name: "file", Label: catalog.Labels{"en": "File"}, Link: &catalog.Link{Source: "media"}}, {Name: "city"}}
			return format.Input{
				Widget: w, Results: map[plan.Role]*source.Result{
					plan.Main: result(t, []frame.Field{{Name: "file", Kind: frame.String}, city}, []any{"acme/a/1.pdf", "Cairo"}, []any{nil, "Giza"}, []any{"other/2.pdf", "Luxor"}),
				},
				Links: map[string]format.Links{"file": {URLs: []string{"https://store/1.pdf?signed", "", ""}, Refused: 1}},
			}
		},
		"table_truncated": func(t *testing.T) format.Input {
			w := widget(catalog.Table)
			w.Page, w.PageSize = 2, 1
			r := result(t, []frame.Field{posts, {Name: query.ColumnTotal, Kind: frame.Int}}, []any{int64(9), int64(4)})
			r.Truncated = true
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{plan.Main: r}}
		},
		"histogram_open": func(t *testing.T) format.Input {
			w := widget(catalog.Histogram)
			w.Spec.Bins, w.Spec.BinField = &query.Bins{Start: 0, Width: 10, Count: 2}, &catalog.Dimension{Name: "age", Unit: "s"}
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main: result(t, []frame.Field{{Name: plan.ColumnBin, Kind: frame.Int}, posts},
					[]any{int64(-1), int64(1)}, []any{int64(1), int64(4)}, []any{int64(2), int64(2)}),
			}}
		},
		"heatmap_grid": func(t *testing.T) format.Input {
			w := widget(catalog.Heatmap)
			w.Spec.Dimensions = []*catalog.Dimension{{Name: "weekday", Part: query.Weekday}, {Name: "hour", Part: query.Hour}}
			part := func(name string) frame.Field { return frame.Field{Name: name, Kind: frame.Int} }
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main: result(t, []frame.Field{part("weekday"), part("hour"), posts}, []any{int64(6), int64(23), int64(4)}),
			}}
		},
		"feed_empty": func(t *testing.T) format.Input {
			w := widget(catalog.Feed)
			w.Page, w.PageSize, w.Spec.Dimensions = 1, 50, []*catalog.Dimension{{Name: "city"}}
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{plan.Main: result(t, []frame.Field{city})}}
		},
		"breakdown_compared": func(t *testing.T) format.Input {
			w := widget(catalog.Breakdown)
			w.Spec.Dimensions = []*catalog.Dimension{{Name: "city"}}
			fields := []frame.Field{city, posts}
			return format.Input{Widget: w, Results: map[plan.Role]*source.Result{
				plan.Main:       result(t, fields, []any{"Cairo", int64(9)}, []any{nil, int64(3)}, []any{"Giza", int64(1)}),
				plan.Comparison: result(t, fields, []any{nil, int64(4)}, []any{"Cairo", int64(6)}),
			}}
		},
	}
	maps.Copy(tests, analytical())
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Result()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("result", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("result")
	if err != nil {
		t.Fatal(err)
	}
	for name, input := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := format.Widget(input(t))
			if err != nil {
				t.Fatal(err)
			}
			exact(t, d)
			got, err := json.MarshalIndent(d, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(got))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(v); err != nil {
				t.Errorf("against the schema: %v", err)
			}
			path := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestContentHasNoCursor: a cursor holds when it was made, and is no change of the data.
func TestContentHasNoCursor(t *testing.T) {
	t.Parallel()
	cursor, total := "c1.x", int64(7)
	d := &format.Data{Paging: &format.Paging{Page: 1, PageSize: 2, Total: &total, NextCursor: &cursor}}
	content, _ := d.Content()
	got, ok := content.(*format.Data)
	if !ok || got.Paging.NextCursor != nil || *got.Paging.Total != 7 || d.Paging.NextCursor == nil {
		t.Errorf("%+v", content)
	}
}
