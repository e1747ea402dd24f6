// Package catalogs_test checks the catalogs that come with the product against the data they describe.
package catalogs_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sample"
)

// file is what these tests read of a catalog; the loader of package catalog checks the rest.
type file struct {
	Datasets map[string]struct {
		Time       struct{ Field string }
		Dimensions map[string]struct{ Field string }
		Measures   map[string]struct {
			Field, Definition, Unit, Formula string
			Label                            any
		}
	}
	Pages map[string]struct {
		Dataset string
		Widgets yaml.MapSlice
	}
}

func load(t *testing.T, pattern string) file {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no catalog at %s: %v", pattern, err)
	}
	var all file
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var one file
		if err := yaml.Unmarshal(data, &one); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all.Datasets, all.Pages = merge(all.Datasets, one.Datasets), merge(all.Pages, one.Pages)
	}
	return all
}

// merge adds b to a.
func merge[V any](a, b map[string]V) map[string]V {
	if a == nil {
		a = map[string]V{}
	}
	maps.Copy(a, b)
	return a
}

func TestEveryMeasureIsDefined(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"../internal/catalog/builtin/*.yaml", "flights/*.yaml", "quickstart/*.yaml"} {
		for name, set := range load(t, pattern).Datasets {
			for measure, m := range set.Measures {
				if m.Unit == "" || m.Label == nil || !strings.HasSuffix(m.Definition, ".") {
					t.Errorf("%s: %s of %s lacks a unit, a label or a definition that is a sentence", pattern, measure, name)
				}
			}
		}
	}
}

func TestColumnsExist(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := sample.Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ pattern, dataset, data string }{
		{"quickstart/*.yaml", "weather", "quickstart/data/weather.csv"},
	}
	for _, name := range sample.Names() {
		if name != "profiles" && name != "counters" { // of catalogs/stores
			tests = append(tests, struct{ pattern, dataset, data string }{"../internal/catalog/builtin/*.yaml", name, filepath.Join(root, sample.Folder, name+".parquet")})
		}
	}
	for _, test := range tests {
		columns := describe(t, test.data)
		set := load(t, test.pattern).Datasets[test.dataset]
		var used []string
		if set.Time.Field != "" {
			used = append(used, set.Time.Field)
		}
		for name, d := range set.Dimensions {
			used = append(used, or(d.Field, name))
		}
		for _, m := range set.Measures {
			if m.Formula == "" && m.Field != "" {
				used = append(used, m.Field)
			}
		}
		for _, column := range used {
			if !slices.Contains(columns, column) {
				t.Errorf("%s: %s has no column %q", test.pattern, test.data, column)
			}
		}
	}
}

func TestFlightsPage(t *testing.T) {
	t.Parallel()
	kinds := map[string]int{}
	for _, widget := range load(t, "flights/*.yaml").Pages["FlightsPage"].Widgets {
		for _, item := range widget.Value.(map[string]any) {
			if kind, ok := item.(string); ok && slices.Contains([]string{"stat", "timeseries", "breakdown", "heatmap", "histogram", "table"}, kind) {
				kinds[kind]++
			}
		}
	}
	want := map[string]int{"stat": 4, "timeseries": 2, "breakdown": 2, "heatmap": 1, "histogram": 2, "table": 1}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("the promised twelve widgets (-want +got):\n%s", diff)
	}
}

func TestBuiltinPages(t *testing.T) {
	t.Parallel()
	pages := load(t, "../internal/catalog/builtin/*.yaml").Pages
	for _, name := range []string{"ResearchInsightsPage", "ResearchInteractionsPage", "TopTrendsPage", "Default", "Dashboards/AccountPage"} {
		if len(pages[name].Widgets) == 0 {
			t.Errorf("no widgets on %s", name)
		}
	}
}

var update = flag.Bool("update", false, "write docs/pages.md")

const pagesHead = `# Pages

The built-in catalog: what each page asks, of which data, and how each number is defined. This file is written by
` + "`go test ./catalogs -update`" + `; ` + "`dispatcher catalog docs`" + ` prints the same of any catalog.

`

// TestPagesAreDocumented holds docs/pages.md to the built-in catalog.
func TestPagesAreDocumented(t *testing.T) {
	t.Parallel()
	cat, err := catalog.LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	var made strings.Builder
	made.WriteString(pagesHead)
	if err := cat.Markdown(&made, models.NewEvents().Pages()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "docs", "pages.md")
	if *update {
		if err := os.WriteFile(path, []byte(made.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made.String(), string(kept)); diff != "" {
		t.Errorf("docs/pages.md is not that of the catalog: go test ./catalogs -update\n%s", diff)
	}
	for _, page := range models.NewEvents().Pages() {
		for _, name := range page {
			if cat.Pages[name] == nil {
				t.Errorf("no page %s, which an event asks for", name)
			}
		}
	}
}

// describe lists the columns of a data file.
func describe(t *testing.T, path string) (columns []string) {
	t.Helper()
	err := func(ctx context.Context) (err error) {
		db, err := sql.Open("duckdb", "?threads=1")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		rows, err := db.QueryContext(ctx, fmt.Sprintf("SELECT column_name FROM (DESCRIBE FROM '%s')", path))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			columns = append(columns, name)
		}
		return rows.Err()
	}(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
