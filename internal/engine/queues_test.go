package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// A source that hangs keeps its own widgets waiting, and no other's.
func TestASlowSourceKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	p := planned(t, "ResearchInsightsPage", &models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30"})
	hanging := 0
	for i := range p.Widgets {
		if i%2 == 0 {
			hanging++
			for j := range p.Widgets[i].Steps {
				p.Widgets[i].Steps[j].Source = "hanging"
			}
		}
	}
	others := make(chan string, len(p.Widgets))
	release := make(chan struct{})
	fails := func(context.Context, *query.Query) (*source.Result, error) { return nil, context.DeadlineExceeded }
	e := engine.Engine{Workers: 1, Parallel: map[string]int{"hanging": 1}, Sources: map[string]source.Source{
		"conversations": stub{query: fails},
		"hanging": stub{query: func(ctx context.Context, q *query.Query) (*source.Result, error) {
			<-release
			return fails(ctx, q)
		}},
	}}
	ended := make(chan error, 1)
	go func() {
		ended <- e.Run(t.Context(), p, none, func(_ context.Context, w *plan.Widget, _ *format.Data, _ error) error {
			others <- w.ID
			return nil
		})
	}()
	for range len(p.Widgets) - hanging {
		<-others // a run that waits for the hanging source never gets here
	}
	close(release)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n := len(others); n != hanging {
		t.Errorf("%d widgets ended after the hanging source, want %d", n, hanging)
	}
}

// Of one source's widgets the cheapest is asked first, then the dearest, which would otherwise end alone, then the others from the cheapest; the dearest of these would end alone, too, and is asked before the last.
func TestNoDearWidgetIsAskedLast(t *testing.T) {
	t.Parallel()
	p := planned(t, "ResearchInsightsPage", &models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30"})
	p.Widgets = slices.DeleteFunc(p.Widgets, func(w plan.Widget) bool { return len(w.Steps) != 1 || w.Follow != nil })
	for i := range p.Widgets {
		p.Widgets[i].Cost = 100 - i
		q := *p.Widgets[i].Steps[0].Query
		q.Timeout += time.Duration(i) // none is shared
		p.Widgets[i].Steps[0].Query = &q
	}
	if len(p.Widgets) < 4 {
		t.Fatalf("%d widgets are too few", len(p.Widgets))
	}
	var asked []int
	e := engine.Engine{Workers: 1, Sources: map[string]source.Source{"conversations": stub{query: func(context.Context, *query.Query) (*source.Result, error) {
		return nil, context.DeadlineExceeded
	}}}}
	if err := e.Run(t.Context(), p, none, func(_ context.Context, w *plan.Widget, _ *format.Data, _ error) error {
		asked = append(asked, w.Cost)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []int{100 - len(p.Widgets) + 1, 100}
	for cost := want[0] + 1; cost < 100; cost++ {
		want = append(want, cost)
	}
	slices.Reverse(want[len(want)-2:])
	if !slices.Equal(asked, want) {
		t.Errorf("asked in the order of costs %v, want %v", asked, want)
	}
}

// A widget that needs two answers is not the first to come where the dearest is asked between them.
func TestTheFirstWidgetIsAskedWhole(t *testing.T) {
	t.Parallel()
	p := planned(t, "ResearchInsightsPage", &models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30"})
	cheapest := slices.IndexFunc(p.Widgets, func(w plan.Widget) bool { return len(w.Steps) > 1 })
	dearest := slices.IndexFunc(p.Widgets, func(w plan.Widget) bool { return len(w.Steps) == 1 })
	if cheapest < 0 || dearest < 0 {
		t.Fatal("no widget has two steps, or none has one")
	}
	p.Widgets = []plan.Widget{p.Widgets[cheapest], p.Widgets[dearest]}
	p.Widgets[0].Cost, p.Widgets[1].Cost = 1, 2
	var ended []string
	e := engine.Engine{Workers: 1, Sources: map[string]source.Source{"conversations": stub{query: func(context.Context, *query.Query) (*source.Result, error) {
		return nil, context.DeadlineExceeded
	}}}}
	if err := e.Run(t.Context(), p, none, func(_ context.Context, w *plan.Widget, _ *format.Data, _ error) error {
		ended = append(ended, w.ID)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if ended[0] != p.Widgets[0].ID {
		t.Errorf("%s ended first, not %s", ended[0], p.Widgets[0].ID)
	}
}
