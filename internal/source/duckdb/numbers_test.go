package duckdb_test

import (
	"math"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/sample"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

// open opens the embedded data as the product does.
func open(t *testing.T) *duckdb.Source {
	t.Helper()
	root := t.TempDir()
	if err := sample.Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	s, err := duckdb.Open(t.Context(), duckdb.Config{DataRoot: root})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// built plans a page of the built-in catalog.
func built(t *testing.T, key, filters string) *plan.Plan {
	t.Helper()
	cat, err := catalog.LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	req := &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", Filters: []byte(filters)}
	p, err := plan.Build(req, cat.Pages[key], cat, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNumbersAreThoseOfHandWrittenSQL compares with the figures of docs/data.md, which were computed by hand-written SQL.
func TestNumbersAreThoseOfHandWrittenSQL(t *testing.T) {
	t.Parallel()
	s := open(t)
	compareNumbers(t, s, "ResearchInsightsPage", map[string]map[string][2]float64{ // widget → measure → September, August
		"total_posts":   {"posts": {1240, 1282}},
		"total_authors": {"authors": {273, 428}},
		"total_threads": {"threads": {707, 683}},
		"net_sentiment": {"net_sentiment": {0.1806, 0.1482}},
	}, 8)
	compareNumbers(t, s, "Dashboards/AccountPage", map[string]map[string][2]float64{
		"first_response": {
			"first_response_p50": {4562, 4512}, "first_response_p90": {51717, 63886}, "answered_threads": {131, 204},
		},
	}, 6)
}

func compareNumbers(t *testing.T, s *duckdb.Source, page string, want map[string]map[string][2]float64, numbers int) {
	t.Helper()
	seen := 0
	for _, w := range built(t, page, "").Widgets {
		for name, pair := range want[w.ID] {
			for i, step := range w.Steps {
				r, err := s.Query(t.Context(), step.Query)
				if err != nil {
					t.Fatalf("%s: %v", w.ID, err)
				}
				c, err := r.Frame.Column(name)
				if err != nil {
					t.Fatal(err)
				}
				got, _ := c.Float(0)
				precision := 0.00005
				if got > 1 {
					precision = 0.5 // the document rounds to seconds
				}
				if math.Abs(got-pair[i]) > precision {
					t.Errorf("%s %s: %v, want %v", name, step.Role, got, pair[i])
				}
				seen++
			}
		}
	}
	if seen != numbers {
		t.Errorf("%s: %d numbers compared, want %d", page, seen, numbers)
	}
}

// TestEveryWidgetOfThePagesComputes runs every step of every built-in page, and sees that no tenant sees another's rows.
func TestEveryWidgetOfThePagesComputes(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, key := range []string{"ResearchInsightsPage", "ResearchInteractionsPage", "TopTrendsPage", "Default", "Dashboards/AccountPage"} {
		for _, w := range built(t, key, `{"channel":{"not_in":["zzz"]}}`).Widgets {
			if w.Spec.Dataset.Source.Kind == "http" || w.Spec.Dataset.Join != nil || w.Spec.Dataset.Union != nil {
				continue // no store of ours, and what the engine computes
			}
			if w.Err != nil {
				t.Errorf("%s %s: %v", key, w.ID, w.Err)
				continue
			}
			for _, step := range w.Steps {
				r := ask(t, s, key+" "+w.ID, step)
				if step.Role == plan.Main && r.Frame.Rows() == 0 && w.ID != "hashtags" {
					t.Errorf("%s %s: no rows in September 2002", key, w.ID)
				}
				if step.Query.Tenant == nil {
					t.Fatalf("%s %s: a step without a tenant", key, w.ID)
				}
				step.Query.Tenant.Values = []any{"2"}
				if r := ask(t, s, key+" "+w.ID, step); len(step.Query.Groups) > 0 && r.Frame.Rows() > 0 || step.Query.Rows && r.Frame.Rows() > 0 {
					t.Errorf("%s %s: tenant 2 sees %d rows of tenant 1", key, w.ID, r.Frame.Rows())
				}
			}
		}
	}
}

func ask(t *testing.T, s *duckdb.Source, what string, step plan.Step) *source.Result {
	t.Helper()
	r, err := s.Query(t.Context(), step.Query)
	if err != nil {
		native, _ := s.Explain(t.Context(), step.Query)
		t.Fatalf("%s: %v\n%s", what, err, native.Text)
	}
	return r
}
