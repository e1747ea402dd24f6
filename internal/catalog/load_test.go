package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

var update = flag.Bool("update", false, "write the golden files")

const schemaFile = "../../docs/schema/catalog.schema.json"

func TestBuiltin(t *testing.T) {
	t.Parallel()
	cat, err := LoadBuiltin()
	if err != nil {
		t.Fatalf("the built-in catalog:\n%v", err)
	}
	if cat.Pages["ResearchInsightsPage"] == nil || len(cat.Version) != 12 {
		t.Errorf("pages %v, version %q", sortedKeys(cat.Pages), cat.Version)
	}
}

// TestFaults loads one fixture per fault, each named by it, and compares the whole message.
func TestFaults(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			_, err := Load(os.DirFS("testdata/faults"), filepath.Base(file))
			errs, ok := errors.AsType[Errors](err)
			if !ok {
				t.Fatalf("got %v, want Errors", err)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(errs.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), errs.Error()+"\n"); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const small = `version: 1
sources: {s: {kind: duckdb}}
datasets:
  posts:
    source: s
    files: posts.parquet
    time: {field: at}
    tenant: none
    dimensions:
      channel: {}
      replies: {type: int}
      score: {type: float}
      tags: {multi: true}
      at: {type: time}
    measures:
      n: {agg: count}
      neg: {agg: count, where: "score < 0"}
      rate: {formula: "{neg} / n"}
      twice: {formula: 2 * rate}
pages:
  P:
    dataset: posts
    widgets:
      b: {kind: stat, measures: [n]}
      a: {kind: breakdown, dimension: channel, measures: [rate], sort: [-rate]}
      h: {kind: histogram, dimension: replies, measures: [n], bins: {start: 0, width: 1, count: 5}}
`

func loadText(texts ...string) (*Catalog, error) {
	fsys := fstest.MapFS{}
	for i, text := range texts {
		fsys[string(rune('a'+i))+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(fsys, ".")
}

func TestModel(t *testing.T) {
	t.Parallel()
	cat, err := loadText(small)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, w := range cat.Pages["P"].Widgets {
		order = append(order, w.ID)
	}
	if diff := cmp.Diff([]string{"b", "a", "h"}, order); diff != "" {
		t.Error(diff)
	}
	m := cat.Datasets["posts"].Measures["twice"].Query
	ratio := query.Binary{Op: "/", Left: query.Ref("neg"), Right: query.Ref("n")}
	want := query.Measure{Name: "twice", Formula: query.Binary{Op: "*", Left: query.Number(2), Right: ratio}, Inputs: []query.Measure{
		{Name: "neg", Agg: query.Count, Where: query.Compare{Field: query.Field{Column: "score", Type: query.Float}, Op: query.Lt, Values: []any{0.0}}},
		{Name: "n", Agg: query.Count},
	}}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	if h, _ := cat.Pages["P"].Widget("h"); h.BinField == nil || h.BinField.Name != "replies" || h.Bins.Count != 5 {
		t.Errorf("histogram %+v", h)
	}
}

func TestMergeAndExtend(t *testing.T) {
	t.Parallel()
	_, err := loadText(small, "version: 1\nsources: {s: {kind: duckdb}}\n")
	if err == nil || !strings.Contains(err.Error(), "b.yaml:2:11: s is defined twice; first at a.yaml:2:11") {
		t.Errorf("duplicate: %v", err)
	}
	base, err := LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := loadText("version: 1\nextends: builtin\n" + strings.TrimPrefix(strings.ReplaceAll(small, "posts:", "mine:"), "version: 1\n"))
	if err == nil || cat != nil {
		t.Fatal("dataset: posts of the page has no such measures in the built-in posts")
	}
	cat, err = loadText("version: 1\nextends: builtin\nsources: {mine: {kind: duckdb}}\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(cat.Pages) != len(base.Pages) || cat.Sources["mine"] == nil || cat.Version == base.Version {
		t.Errorf("extended: %d pages, version %s", len(cat.Pages), cat.Version)
	}
}

func TestErrorsAsJSON(t *testing.T) {
	t.Parallel()
	_, err := loadText("version: 1\npagse: {}\n")
	errs, _ := errors.AsType[Errors](err)
	got, _ := json.Marshal(errs)
	want := `[{"file":"a.yaml","line":2,"column":1,"message":"unknown key \"pagse\" in the catalog","hint":"did you mean pages?"}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestSchema keeps the published schema equal to the tables, and checks good catalogs against it.
func TestSchema(t *testing.T) {
	t.Parallel()
	if *update {
		if err := os.WriteFile(schemaFile, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(schemaFile)
	if err != nil || !bytes.Equal(published, Schema()) {
		t.Errorf("%s is not Schema(): run the test with -update (%v)", schemaFile, err)
	}
	valid := bySchema(t)
	files, _ := filepath.Glob("builtin/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(data); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if err := valid([]byte(small)); err != nil {
		t.Error(err)
	}
	if valid([]byte("version: 1\npagse: {}\n")) == nil {
		t.Error("an unknown key passes the schema")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(small)
	f.Add("version: 1\npages: {P: {widgets: {a: {kind: stat}}}}")
	f.Add("a: &x [1]\nb: *x\n<<: {c: !!str d}")
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = loadText(text)
	})
}
