package engine_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "schema", "result.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
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
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, what string, raw []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%s: %v\n%s", what, err, raw)
	}
}

//nolint:gochecknoglobals // read once, and not changed
var builtinOnce = sync.OnceValues(catalog.LoadBuiltin)

func builtin(t *testing.T) *catalog.Catalog {
	t.Helper()
	cat, err := builtinOnce()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func planned(t *testing.T, key string, req *models.Request) *plan.Plan {
	t.Helper()
	cat := builtin(t)
	req.CompanyID = "1"
	page := *cat.Pages[key]
	page.Omit = make(map[string]bool)
	for _, w := range page.Widgets {
		page.Omit[w.ID] = w.Dataset.Source.Kind == "http" // of no API here
	}
	p, err := plan.Build(req, &page, cat, time.Date(2002, 9, 20, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func none(string) bool { return false }

// pagesOf lists the pages of the built-in catalog that are not of an HTTP API alone, copies left out.
func pagesOf(t *testing.T) (keys []string) {
	t.Helper()
	for key, page := range builtin(t).Pages {
		only := !slices.ContainsFunc(page.Widgets, func(w *catalog.Widget) bool { return w.Dataset.Source.Kind != "http" })
		needs := slices.ContainsFunc(page.Parameters, func(p catalog.PageParameter) bool { return p.Required })
		if page.Key.Product != "PUBLIC_API" && !only && !needs {
			keys = append(keys, key)
		}
	}
	if len(keys) < 40 {
		t.Fatalf("only %d pages", len(keys))
	}
	return keys
}

// TestEveryResultFitsThePublishedSchema computes every page of the built-in catalog: over a month that is not over, over a
// time without data, and in another zone and language.
func TestEveryResultFitsThePublishedSchema(t *testing.T) {
	t.Parallel()
	s := schema(t)
	e := engine.Engine{Sources: map[string]source.Source{"conversations": conversations(t)}, Workers: 2}
	for name, req := range map[string]models.Request{
		"a month":     {StartDate: "2002-09-01", EndDate: "2002-09-30"},
		"no data":     {StartDate: "1999-09-01", EndDate: "1999-09-30"},
		"zone, words": {StartDate: "2002-03-01", EndDate: "2002-11-30", TimeZone: "Europe/Berlin", Language: "ar"},
	} {
		for _, key := range pagesOf(t) {
			p := planned(t, key, &req)
			var mu sync.Mutex
			ended := map[string]int{}
			err := e.Run(t.Context(), p, none, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
				mu.Lock()
				defer mu.Unlock()
				ended[w.ID]++
				if err != nil {
					t.Errorf("%s %s %s: %v", name, key, w.ID, err)
					return nil
				}
				raw, err := models.Marshal(data)
				if err != nil {
					t.Errorf("%s %s %s: %v", name, key, w.ID, err)
					return nil
				}
				valid(t, s, name+" "+key+" "+w.ID, raw)
				if name == "no data" && w.Spec.Dataset.Timed() && data.Status != "empty" {
					t.Errorf("%s %s: status %s over no data", key, w.ID, data.Status)
				}
				for i, column := range data.Data.Values {
					if len(column) != len(data.Data.Values[0]) {
						t.Errorf("%s %s: column %d has %d rows, the first %d", key, w.ID, i, len(column), len(data.Data.Values[0]))
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range p.Widgets {
				if ended[w.ID] != 1 {
					t.Errorf("%s %s: %d ends, want 1", key, w.ID, ended[w.ID])
				}
			}
		}
	}
	valid(t, s, "error", models.ErrorData("source_error", "x"))
	valid(t, s, "complete", models.Complete{Status: "complete", Failed: []models.FailedWidget{{Widget: "a", Code: "b"}}, Error: &models.ErrorBody{}, Live: &models.Live{NextAt: time.Now(), Ended: models.EndedTime}}.JSON())
}

// stub is a source of functions: for what a real store does not do on demand.
type stub struct {
	source.Source
	query func(ctx context.Context, q *query.Query) (*source.Result, error)
}

func (s stub) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	return s.query(ctx, q)
}

func TestFailingSourceEndsEveryWidgetOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query func(ctx context.Context, q *query.Query) (*source.Result, error)
		code  string
	}{
		"error": {func(context.Context, *query.Query) (*source.Result, error) {
			return nil, fault.New(fault.Permanent, "source_error", "", errors.New("broken"))
		}, "source_error"},
		"passing error that stays": {func(context.Context, *query.Query) (*source.Result, error) {
			return nil, fault.New(fault.Transient, "source_down", "", errors.New("refused"))
		}, "source_down"},
		"panic": {func(context.Context, *query.Query) (*source.Result, error) { panic("bug") }, "internal_error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planned(t, "TopTrendsPage", &models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30"})
			e := engine.Engine{Sources: map[string]source.Source{"conversations": stub{query: c.query}}, Workers: 2}
			var mu sync.Mutex
			codes := map[string][]string{}
			if err := e.Run(t.Context(), p, none, func(_ context.Context, w *plan.Widget, _ *format.Data, err error) error {
				mu.Lock()
				defer mu.Unlock()
				codes[w.ID] = append(codes[w.ID], fault.ReasonOf(err))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for _, w := range p.Widgets {
				if got := codes[w.ID]; len(got) != 1 || got[0] != c.code {
					t.Errorf("%s: %v, want one %s", w.ID, got, c.code)
				}
			}
		})
	}
}

func TestCancelEndsTheRunWithoutFailures(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := planned(t, "TopTrendsPage", &models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30"})
	e := engine.Engine{Workers: 2, Sources: map[string]source.Source{"conversations": stub{query: func(ctx context.Context, _ *query.Query) (*source.Result, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}}}}
	err := e.Run(ctx, p, none, func(_ context.Context, w *plan.Widget, _ *format.Data, err error) error {
		t.Errorf("%s: reported %v after the run was given up", w.ID, err)
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
}
