package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/sample"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
)

// page answers requests for a page of a catalog that extends the built-in one, over the embedded data.
type page struct {
	cat    *catalog.Catalog
	engine *engine.Engine
}

// conversations opens the embedded data.
func conversations(t *testing.T) source.Source {
	t.Helper()
	root := t.TempDir()
	if err := sample.Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	src, err := duckdb.Open(t.Context(), duckdb.Config{DataRoot: root})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func newPage(t *testing.T, widgets string) *page {
	t.Helper()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte("version: 1\nextends: builtin\npages:\n  P:\n    dataset: posts\n    widgets:\n" + widgets)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return &page{cat: cat, engine: &engine.Engine{Workers: 2, Sources: map[string]source.Source{"conversations": conversations(t)}}}
}

func september(extra ...models.Member) *models.Request {
	return &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", Extra: extra}
}

func (p *page) ask(t *testing.T, req *models.Request) map[string]*format.Data {
	t.Helper()
	planned, err := plan.Build(req, p.cat.Pages["P"], p.cat, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	out := make(map[string]*format.Data)
	if err := p.engine.Run(t.Context(), planned, none, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
		if err != nil {
			t.Errorf("widget %s: %v", w.ID, err)
		}
		mu.Lock()
		defer mu.Unlock()
		out[w.ID] = data
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// columnOf returns the values of a column.
func columnOf(t *testing.T, d *format.Data, name string) []any {
	t.Helper()
	if d == nil {
		t.Fatal("no data")
	}
	for i, f := range d.Schema.Fields {
		if f.Name == name {
			return d.Data.Values[i]
		}
	}
	t.Fatalf("no column %s", name)
	return nil
}

// TestSharesAddUp compares the shares of a cut breakdown with the numbers of all groups.
func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	p := newPage(t, `
      all: {kind: breakdown, dimension: author, measures: [posts], top: 1000}
      cut: {kind: breakdown, dimension: author, measures: [posts], top: 3, share: true, compare: prior_period}
      shown: {kind: breakdown, dimension: author, measures: [posts], top: 3, share: true, others: true}
`)
	got := p.ask(t, september())
	total := int64(0)
	for _, v := range columnOf(t, got["all"], "posts") {
		total += v.(int64)
	}
	if all := len(columnOf(t, got["all"], "posts")); all < 20 || all == 1000 {
		t.Fatalf("%d authors", all)
	}
	sum := 0.0
	for i, v := range columnOf(t, got["shown"], "posts") {
		share := columnOf(t, got["shown"], "posts_share")[i].(float64)
		if want := float64(v.(int64)) / float64(total); share != want {
			t.Errorf("row %d: share %v, want %v of %d", i, share, want, total)
		}
		sum += share
	}
	if sum < 1-1e-12 || sum > 1+1e-12 {
		t.Errorf("the shares add up to %v", sum)
	}
	if cut := columnOf(t, got["cut"], "posts_share"); !slices.Equal(cut, columnOf(t, got["shown"], "posts_share")[:3]) {
		t.Errorf("without the others the shares are %v", cut)
	}
	if moved := columnOf(t, got["cut"], "posts_share_change"); slices.Contains(moved, nil) || len(moved) != 3 {
		t.Errorf("changes %v", moved)
	}
}
