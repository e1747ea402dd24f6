package engine_test

import (
	"context"
	"testing"

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
