package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// A passing error is tried again in place; that of a source which is known to be away is not.
func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cause error
		class fault.Class
		times int64
	}{
		"transient":           {errors.New("refused"), fault.Transient, 3},
		"throttled":           {errors.New("slow down"), fault.Throttled, 3},
		"permanent":           {errors.New("no such table"), fault.Permanent, 1},
		"timeout":             {context.DeadlineExceeded, fault.Timeout, 1},
		"the breaker is open": {source.ErrOpen, fault.Transient, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planned(t, "ResearchInsightsPage", &models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30", SelectedWidgets: []string{"total_posts"}})
			var asked atomic.Int64
			e := engine.Engine{Workers: 1, Sources: map[string]source.Source{"conversations": stub{query: func(context.Context, *query.Query) (*source.Result, error) {
				asked.Add(1)
				return nil, fault.New(c.class, "source_error", "", c.cause)
			}}}}
			if err := e.Run(t.Context(), p, none, func(context.Context, *plan.Widget, *format.Data, error) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if want := c.times * int64(len(p.Widgets[0].Steps)); asked.Load() != want {
				t.Errorf("it was asked %d times, want %d", asked.Load(), want)
			}
		})
	}
}
