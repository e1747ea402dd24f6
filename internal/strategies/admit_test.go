package strategies

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/budget"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// dear is a store in which every query reads a million rows, and that answers none.
type dear struct{ source.Source }

func (dear) Explain(context.Context, *query.Query) (source.Native, error) {
	return source.Native{Estimate: &source.Estimate{Rows: 1e6}}, nil
}

func (dear) Query(context.Context, *query.Query) (*source.Result, error) { return nil, source.ErrOpen }

// nothing is Answers of which none is kept. It counts how often it is asked.
type nothing struct{ asked atomic.Int64 }

func (n *nothing) Get(context.Context, string, *query.Query) (*source.Result, bool) {
	n.asked.Add(1)
	return nil, false
}

func (*nothing) Put(context.Context, string, *query.Query, *source.Result) {}

// deaf takes a page's widgets; those that were sent are said to be.
type deaf struct{ sent []string }

func (d deaf) Sent(widget string) bool                 { return slices.Contains(d.sent, widget) }
func (deaf) Push(context.Context, string, any) error   { return nil }
func (deaf) Fail(context.Context, string, error) error { return nil }
func (deaf) Written() <-chan struct{}                  { return nil }

// What a budget is held against is what runs: the page is put together once, and widgets that were sent before cost nothing.
func TestWhatIsAdmittedIsWhatRuns(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(`version: 1
sources: {s: {kind: duckdb}}
datasets:
  posts: {source: s, keep: {closed_after: 1h}, files: posts.parquet, time: {field: at}, tenant: {parameter: company_id, field: company}, dimensions: {place: {}, text: {}}, measures: {n: {agg: count}}}
pages:
  P:
    dataset: posts
    budget: {rows: 3000000}
    widgets:
      n: {kind: stat, measures: [n]}
      by_day: {kind: timeseries, measures: [n]}
      by_place: {kind: breakdown, dimensions: [place], measures: [n]}
      list: {kind: feed, dimensions: [text]}
`)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		sent []string
		runs bool
	}{"all": {nil, false}, "all but the list": {[]string{"list"}, true}} {
		kept := new(nothing)
		s := &Snapshot{
			Catalog: cat, Engine: &engine.Engine{Sources: map[string]source.Source{"s": dear{}}, Answers: kept, Workers: 1},
			Budgets: budget.New(catalog.Budget{}, 0, time.Now),
		}
		page, _ := Pages{Snapshot: s, Now: time.Now}.Find(Key{Page: "P"})
		err := page.Run(t.Context(), &models.Request{CompanyID: "7", StartDate: "2026-01-01", EndDate: "2026-01-30"}, deaf{c.sent})
		if (err == nil) != c.runs {
			t.Errorf("%s: %v", name, err)
		}
		if n := kept.asked.Load(); n != 3 { // a list has nothing kept
			t.Errorf("%s: answers to the 3 other widgets were looked for %d times", name, n)
		}
	}
}
