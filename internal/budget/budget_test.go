package budget

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// store is a source that knows what a query would read: so many rows a day of its range.
type store struct {
	source.Source
	perDay  int64
	ranged  bool
	unknown bool
	asked   atomic.Int64
}

func (s *store) Explain(_ context.Context, q *query.Query) (source.Native, error) {
	s.asked.Add(1)
	if s.unknown {
		return source.Native{}, nil
	}
	days := int64(q.Range.To.Sub(q.Range.From).Hours() / 24)
	return source.Native{Estimate: &source.Estimate{Rows: days * s.perDay, Bytes: 100 * days * s.perDay, Ranged: s.ranged}}, nil
}

const pages = `version: 1
sources: {s: {kind: duckdb}}
datasets:
  posts: {source: s, files: posts.parquet, time: {field: at}, tenant: {parameter: company_id, field: company}, dimensions: {place: {}, text: {}}, measures: {n: {agg: count}, mean: {agg: avg, field: score, type: float}}}
  stated: {like: posts, rows_per_day: 7}
pages:
  Open: {dataset: posts, widgets: {n: {kind: stat, measures: [n]}, mean: {kind: stat, measures: [mean]}, list: {kind: feed, dimensions: [place]}}}
  Bounded: {like: Open, budget: {rows: 5000}}
  Compared: {dataset: posts, compare: prior_period, budget: {rows: 5000}, widgets: {n: {kind: stat, measures: [n]}}}
  Small: {dataset: posts, budget: {bytes: 50000}, widgets: {n: {kind: stat, measures: [n]}}}
  Stated: {dataset: stated, budget: {rows: 209}, widgets: {n: {kind: stat, measures: [n]}}}
`

// admit asks whether a page of thirty days is admitted.
func admit(t *testing.T, b *Budgets, s source.Source, page, tenant string) error {
	t.Helper()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(pages)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	req := &models.Request{CompanyID: tenant, StartDate: "2026-01-01", EndDate: "2026-01-30"}
	p, err := plan.Build(req, cat.Pages[page], cat, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	with := &engine.Engine{Sources: map[string]source.Source{"s": s}, Workers: 1}
	return b.Admit(t.Context(), with, cat, cat.Pages[page], Payer{Tenant: tenant}, with.Prepare(p, func(string) bool { return false }))
}

// A page beyond its budget is refused with the estimate and what would be cheaper; within it, without one, or of an unknown cost, it runs.
func TestPagesBeyondTheirBudgets(t *testing.T) {
	t.Parallel()
	clock := func() time.Time { return time.Unix(1, 0) }
	none := func() *Budgets { return New(catalog.Budget{}, 0, clock) }
	for name, c := range map[string]struct {
		budgets *Budgets
		store   *store
		page    string
		says    []string // nothing where it is admitted
	}{
		"no budgets at all":      {nil, &store{perDay: 1e6}, "Bounded", nil},
		"within":                 {none(), &store{perDay: 55, ranged: true}, "Bounded", nil},
		"beyond":                 {none(), &store{perDay: 100, ranged: true}, "Bounded", []string{"about 9000 rows, and may read 5000", "a range of 16 days", "without"}},
		"of no day's worth":      {none(), &store{perDay: 100}, "Bounded", []string{"about 9000 rows", "a filter"}},
		"compared":               {none(), &store{perDay: 100, ranged: true}, "Compared", []string{"about 6000 rows", "a range of 25 days", "no comparison"}},
		"bytes":                  {none(), &store{perDay: 100, ranged: true}, "Small", []string{"about 300000 bytes, and may read 50000", "a range of 5 days"}},
		"unknown":                {none(), &store{unknown: true}, "Bounded", nil},
		"the catalog says rows":  {none(), &store{perDay: 1e6}, "Stated", []string{"about 210 rows, and may read 209", "a range of 29 days"}},
		"no budget of its own":   {none(), &store{perDay: 1e6}, "Open", nil},
		"the process's":          {New(catalog.Budget{Rows: 100}, 0, clock), &store{perDay: 100, ranged: true}, "Open", []string{"may read 100"}},
		"its own before another": {New(catalog.Budget{Rows: 1}, 0, clock), &store{perDay: 55}, "Bounded", nil},
	} {
		err := admit(t, c.budgets, c.store, c.page, "7")
		if (err != nil) != (c.says != nil) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err == nil {
			continue
		}
		if fault.ClassOf(err) != fault.Reject || fault.ReasonOf(err) != models.ReasonTooExpensive {
			t.Errorf("%s: %v", name, err)
		}
		for _, text := range c.says {
			if !strings.Contains(fault.SafeText(err), text) {
				t.Errorf("%s: %q does not say %q", name, fault.SafeText(err), text)
			}
		}
	}
}

// A store is asked once for the same rows, and not at all where there is no budget, or the catalog says how many there are.
func TestStoresAreAskedOnce(t *testing.T) {
	t.Parallel()
	now := time.Unix(1, 0)
	b := New(catalog.Budget{}, 0, func() time.Time { return now })
	s := &store{perDay: 1, ranged: true}
	for _, c := range []struct {
		page, tenant string
		later        time.Duration
		asked        int64
	}{
		{"Open", "7", 0, 0}, {"Stated", "7", 0, 0}, {"Bounded", "7", 0, 1}, {"Bounded", "7", 0, 1}, {"Compared", "7", 0, 2}, {"Bounded", "8", 0, 3}, {"Bounded", "7", 2 * believed, 4},
	} {
		now = now.Add(c.later)
		if err := admit(t, b, s, c.page, c.tenant); (err != nil) != (c.page == "Stated") {
			t.Error(err)
		}
		if n := s.asked.Load(); n != c.asked {
			t.Errorf("after %s of %s the store was asked %d times, not %d", c.page, c.tenant, n, c.asked)
		}
	}
}

// A tenant's pages share a budget that comes back with time; another tenant's is its own.
func TestTenantsSpendTheirOwn(t *testing.T) {
	t.Parallel()
	now := time.Unix(1, 0)
	b := New(catalog.Budget{}, 20_000, func() time.Time { return now })
	s := &store{perDay: 100, ranged: true} // the page reads 9,000 rows
	admitted := func(tenant string) bool {
		t.Helper()
		err := admit(t, b, s, "Open", tenant)
		if err != nil && (fault.ReasonOf(err) != models.ReasonTooExpensive || !strings.Contains(fault.SafeText(err), "2000 are left; it would be admitted in 21s")) {
			t.Errorf("it says %v", err)
		}
		return err == nil
	}
	for i, want := range []bool{true, true, false} {
		if admitted("7") != want {
			t.Errorf("page %d: admitted is not %v", i+1, want)
		}
	}
	if !admitted("8") {
		t.Error("a tenant pays for another")
	}
	now = now.Add(21 * time.Second)
	if !admitted("7") {
		t.Error("what was said does not come back in time")
	}
	if err := admit(t, New(catalog.Budget{}, 5000, func() time.Time { return now }), s, "Open", "7"); !strings.Contains(fault.SafeText(err), "5000 a minute") {
		t.Errorf("beyond a whole minute's: %v", err)
	}
}

// Warm-ups have one budget of their own, whoever they are for: it is told that it comes back, and no tenant's is touched.
func TestWarmUpsSpendTheirOwn(t *testing.T) {
	t.Parallel()
	now := time.Unix(1, 0)
	b := newTenants(10_000, func() time.Time { return now })
	for i, c := range []struct {
		by    Payer
		rows  int64
		why   string
		later bool
	}{
		{Payer{"7", true}, 9000, "", false},
		{Payer{"8", true}, 9000, "of the 10000 that all warm-ups may read a minute 1000 are left", true},
		{Payer{"8", true}, 11_000, "all warm-ups may read 10000 a minute", false},
		{Payer{"7", false}, 9000, "", false},
		{Payer{"", false}, 9000, "", false},
		{Payer{"7", false}, 9000, "of the 10000 that all pages of a company may read a minute 1000 are left", true},
	} {
		if why, later := b.spend(c.by, c.rows); (why == "") != (c.why == "") || !strings.Contains(why, c.why) || later != c.later {
			t.Errorf("%d: %q, later %v", i, why, later)
		}
	}
}
