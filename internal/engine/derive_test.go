package engine_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// answers are a page's widgets with their data as JSON, or the reason of their error, and how many of their steps were made of finer answers.
func answers(t *testing.T, e *engine.Engine, cat *catalog.Catalog, page *catalog.Page, req models.Request) (data map[string]string, derived int) {
	t.Helper()
	p, err := plan.Build(&req, page, cat, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return map[string]string{"": fault.ReasonOf(err)}, 0
	}
	data = make(map[string]string)
	var mu sync.Mutex
	if err := e.Run(t.Context(), p, none, func(_ context.Context, w *plan.Widget, d *format.Data, err error) error {
		text := fault.ReasonOf(err)
		if err == nil {
			raw, err := models.Marshal([]any{d.Schema, d.Data, d.Comparison, d.Status})
			if err != nil {
				return err
			}
			text = string(raw)
		}
		mu.Lock()
		defer mu.Unlock()
		data[w.ID] = text
		if d != nil {
			for _, s := range d.Stats.Sources {
				if s.Derived {
					derived++
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return data, derived
}

// TestAPageSaysWhatItsWidgetsSayAlone asks every page of the catalog as a whole, and each of its widgets alone: equal to the last digit, though many of
// the page's are made of each other.
func TestAPageSaysWhatItsWidgetsSayAlone(t *testing.T) {
	t.Parallel()
	cat := builtin(t)
	sources := map[string]source.Source{"conversations": conversations(t)}
	e := &engine.Engine{Workers: 2, Sources: sources}
	all := 0
	for _, page := range cat.Pages {
		req := models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", TimeZone: "America/New_York"}
		whole, derived := answers(t, e, cat, page, req)
		all += derived
		for id, want := range whole {
			if id == "" {
				continue // a page that needs more than these requests have
			}
			req.SelectedWidgets = []string{id}
			if alone, _ := answers(t, e, cat, page, req); alone[id] != want {
				t.Errorf("%s %s:\non its page %s\nalone       %s", page.Key, id, want, alone[id])
			}
		}
	}
	if all < 100 {
		t.Errorf("%d steps were made of others' answers", all)
	}
}

// cutting says that no answer for finer groups is whole.
type cutting struct {
	source.Source
	mu   sync.Mutex
	cuts int
}

func (c *cutting) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	r, err := c.Source.Query(ctx, q)
	if err == nil && len(q.Measures) > 0 && strings.Contains(q.Measures[0].Name, " ") {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cuts++
		r.Truncated = true
	}
	return r, err
}

// TestTooManyFinerGroups: where the finer answer is cut, each widget asks for itself, and the next page does not try again.
func TestTooManyFinerGroups(t *testing.T) {
	t.Parallel()
	page := newPage(t, `      first: {kind: stat, measures: [posts]}
      pairs: {kind: table, dimensions: [channel, author], measures: [posts], page_size: 3}
      channels: {kind: breakdown, dimension: channel, measures: [posts, reply_share], top: 3, others: true}
`)
	src := page.engine.Sources["conversations"]
	req := models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"}
	want, derived := answers(t, page.engine, page.cat, page.cat.Pages["P"], req)
	if derived != 2 {
		t.Errorf("%d widgets were made of a finer answer, want 2", derived)
	}
	c := &cutting{Source: src}
	e := &engine.Engine{Workers: 2, Sources: map[string]source.Source{"conversations": c}}
	for range 2 {
		got, derived := answers(t, e, page.cat, page.cat.Pages["P"], req)
		for id := range want {
			if got[id] != want[id] || derived != 0 {
				t.Errorf("%s: %s, want %s; %d derived", id, got[id], want[id], derived)
			}
		}
	}
	if c.cuts != 1 {
		t.Errorf("the finer query was tried %d times, want once", c.cuts)
	}
}
