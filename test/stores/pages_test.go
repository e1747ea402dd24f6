package stores

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// What the built-in catalog says of its posts.
const (
	builtinSource   = "kind: duckdb"
	builtinRelation = "files: [sample/posts.parquet]\n    format: parquet"
)

// catalogOf is the built-in catalog with its posts in another store: one dataset says where they are, and no widget changes. What is compared are
// answers, however long a busy machine takes for them.
func catalogOf(t *testing.T, s store) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "catalog.yaml")
	text := "version: 1\nextends: builtin\nsources:\n  tested:\n    " + s.source(t) + "\ndatasets:\n  posts:\n    like: posts\n    source: tested\n    " + s.relation + "\n    limits: {timeout: 5m}\n" + everyRule
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// overPosts says that all widgets of a page are about the posts, and that it is no copy of another page.
func overPosts(page *catalog.Page) bool {
	return page.Key.Product != "PUBLIC_API" && page.Key.String() != "AccountPage" &&
		!slices.ContainsFunc(page.Widgets, func(w *catalog.Widget) bool { return w.Dataset.Name != "posts" && !offPosts(w) })
}

// offPosts says that a widget of a page over the posts is about something else: an API, which is not here, or authors.
func offPosts(w *catalog.Widget) bool {
	return w.Dataset.Source.Kind == "http" || w.Dataset.Name == "reached"
}

// opened opens the pages over a store.
func opened(t *testing.T, s store, root string) *app.Pages {
	t.Helper()
	return open(t, catalogOf(t, s), root)
}

// answers computes a page and returns what a frontend sees of each widget, without times and costs.
func answers(t *testing.T, pages *app.Pages, key string, req *models.Request) map[string]any {
	t.Helper()
	s := pages.Snapshot()
	page := *s.Catalog.Pages[key]
	page.Omit = make(map[string]bool)
	for _, w := range page.Widgets {
		page.Omit[w.ID] = w.Dataset.Source.Kind == "http" && os.Getenv(w.Dataset.Source.URLEnv) == ""
	}
	out := make(map[string]any)
	p, err := plan.Build(req, &page, s.Catalog, time.Date(2002, 10, 3, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Errorf("%s: %v", key, err)
		return out
	}
	var mu sync.Mutex
	err = s.Engine.Run(t.Context(), p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
		if err != nil {
			t.Errorf("%s %s: %v", key, w.ID, err)
			return nil
		}
		raw, err := models.Marshal(data)
		if err != nil {
			return err
		}
		var v map[string]any
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		for _, name := range []string{"stats", "as_of", "age_seconds"} {
			delete(v, name)
		}
		mu.Lock()
		defer mu.Unlock()
		out[w.ID] = v
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", key, err)
	}
	return out
}

// requests are asked of every page.
func requests() map[string]models.Request {
	return map[string]models.Request{
		"a month":         {StartDate: "2002-09-01", EndDate: "2002-09-30"},
		"half a year":     {StartDate: "2002-06-15", EndDate: "2002-12-10", TimeZone: "America/New_York"},
		"across a change": {StartDate: "2002-10-20", EndDate: "2002-11-03", TimeZone: "Europe/Berlin", Language: "ar"},
		"negative":        {StartDate: "2002-08-01", EndDate: "2002-10-31", Filters: []byte(`{"sentiment":["negative"],"channel":{"ne":"nowhere"}}`)},
		"or, not": {StartDate: "2002-08-01", EndDate: "2002-08-31", TimeZone: "Australia/Lord_Howe",
			Filters: []byte(`{"or":[{"words":{"gte":100}},{"keyword":["linux","perl"]}],"not":{"subject":{"contains":"re: "}}}`)},
		"no rows": {StartDate: "1999-01-01", EndDate: "1999-03-31"},
	}
}

// The widgets of the built-in pages give the same answers wherever the posts are. Trino, where each statement costs a third of a second of a
// processor, is asked for each page by a third of the requests, and by all of them where a number of random cases is asked for.
func TestEveryStoreGivesTheSameAnswers(t *testing.T) {
	t.Parallel()
	root, columns, rows := posts(t)
	stores := map[string]store{
		"mongodb": inMongoDB(t, columns, rows), "cassandra": inCassandra(t, columns, rows),
		"minio": inBucket(t, testenv.MinIO(t), root), "versitygw": inBucket(t, testenv.SecondS3(t), root),
		"trino": inLake(t, root, columns, rows),
	}
	reference := opened(t, store{kind: builtinSource, relation: builtinRelation}, root)
	others := make(map[string]*app.Pages)
	for name, s := range stores {
		others[name] = opened(t, s, root)
	}
	quick := maps.Clone(others)
	delete(quick, "trino")
	t.Run("pages", func(t *testing.T) {
		compared := 0
		for i, what := range slices.Sorted(maps.Keys(requests())) {
			for j, key := range slices.Sorted(maps.Keys(reference.Snapshot().Catalog.Pages)) {
				asked := others
				if (i+j)%3 != 0 && os.Getenv(envCases) == "" {
					asked = quick
				}
				if overPosts(reference.Snapshot().Catalog.Pages[key]) && key != alertsPage {
					compared += len(same(t, reference, asked, key, what, requests()[what])) * len(asked)
				}
			}
		}
		if compared < 500 {
			t.Errorf("only %d widgets were compared", compared)
		}
		t.Logf("%d widgets were compared", compared)
	})
	t.Run("alerts", func(t *testing.T) { everyRuleAgrees(t, reference, others) })
}

// same asks all stores for a page, compares each widget with the reference's, and returns that.
func same(t *testing.T, reference *app.Pages, others map[string]*app.Pages, page, what string, req models.Request) (want map[string]any) {
	t.Helper()
	req.CompanyID = "1"
	want = answers(t, reference, page, &req)
	var asking sync.WaitGroup
	for name, pages := range others {
		asking.Go(func() {
			got := answers(t, pages, page, &req)
			for id := range want {
				if !alike(got[id], want[id]) {
					t.Errorf("%s: %s %s, %s:\ngot  %s\nwant %s", name, page, id, what, text(got[id]), text(want[id]))
				}
			}
		})
	}
	asking.Wait()
	return want
}

// alike compares JSON; numbers may differ in the last digits, since stores add in different orders.
func alike(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && math.Abs(x-y) <= 1e-9*max(1, math.Abs(x))
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !alike(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k := range x {
			if !alike(x[k], y[k]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
