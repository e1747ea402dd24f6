package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// handed notes the queries that a source is handed.
type handed struct {
	source.Source
	mu      sync.Mutex
	queries []*query.Query
}

func (h *handed) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	h.mu.Lock()
	h.queries = append(h.queries, q)
	h.mu.Unlock()
	return h.Source.Query(ctx, q)
}

// one is Answers with an answer to one query.
type one struct {
	query *query.Query
	is    *source.Result
}

func (o *one) Get(_ context.Context, _ string, q *query.Query) (*source.Result, bool) {
	return o.is, q == o.query && o.is != nil
}

func (o *one) Put(_ context.Context, _ string, q *query.Query, r *source.Result) {
	if q == o.query {
		o.is = r
	}
}

// A run that was looked at asks what was shown, of the very queries, so that a page is put together once; what was known then ends when it runs, whatever has become of who looked.
func TestARunIsWhatItWasLookedAtAs(t *testing.T) {
	t.Parallel()
	p := planned(t, "ResearchInsightsPage", &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"})
	known := slices.IndexFunc(p.Widgets, func(w plan.Widget) bool {
		return len(w.Steps) == 1 && w.Follow == nil && w.Steps[0].Source == "conversations"
	})
	step := p.Widgets[known].Steps[0].Query
	step.Keep = new(query.Keep)
	inner := conversations(t)
	h := &handed{Source: inner}
	e := &engine.Engine{Workers: 2, Sources: map[string]source.Source{"conversations": source.AbilitiesOf(inner).On(h)}, Answers: &one{query: step}}
	ends := func(run *engine.Prepared) map[string]int {
		t.Helper()
		h.queries = nil
		var mu sync.Mutex
		out := make(map[string]int)
		if err := run.Run(t.Context(), func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
			mu.Lock()
			defer mu.Unlock()
			if out[w.ID]++; w.ID == p.Widgets[known].ID && (err != nil || data.Status != "ok") {
				t.Errorf("what was known ends as %v, %v", data, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	ends(e.Prepare(p, none)) // and the answer is known from here on

	run := e.Prepare(p, none)
	looking, cancel := context.WithCancel(t.Context())
	asked := run.Asked(looking)
	cancel()
	got := ends(run)
	for i := range p.Widgets {
		if got[p.Widgets[i].ID] != 1 {
			t.Errorf("widget %s ended %d times", p.Widgets[i].ID, got[p.Widgets[i].ID])
		}
	}
	several := 0
	for _, a := range asked {
		if slices.ContainsFunc(a.Answers, func(one engine.Answered) bool { return one.Widget == p.Widgets[known].ID }) {
			t.Error("what is known would be asked")
		}
		if len(a.Answers) < 2 || a.Source != "conversations" {
			continue // a step's own query is the plan's, however often it is put together
		}
		several++
		if !slices.Contains(h.queries, a.Query) {
			t.Errorf("the query for %v was put together once more", a.Answering())
		}
	}
	if several < 3 {
		t.Errorf("%d queries answer several steps", several)
	}
}

// Widgets that are skipped are not looked at.
func TestSkippedWidgetsAreNotLookedAt(t *testing.T) {
	t.Parallel()
	p := planned(t, "ResearchInsightsPage", &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"})
	var left []string
	for _, a := range (&engine.Engine{}).Prepare(p, func(id string) bool { return id != p.Widgets[0].ID }).Asked(t.Context()) {
		left = append(left, a.Answering()...)
	}
	if !slices.Equal(slices.Compact(left), []string{p.Widgets[0].ID}) {
		t.Errorf("of a run without all but the first widget, %v are asked", left)
	}
}
