package engine_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// TestEverySpanOfAWidgetEnds also where the run is given up half-way: a span that never ends is never sent, and what was below
// it has no parent.
func TestEverySpanOfAWidgetEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		givenUp bool
		reason  string
	}{
		"the source fails":    {false, "source_error"},
		"the run is given up": {true, "canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			spans := tracetest.NewSpanRecorder()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
			p := planned(t, "ResearchInsightsPage", &models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30"})
			var once sync.Once
			e := engine.Engine{Workers: 1, Tracer: provider.Tracer("t"), Sources: map[string]source.Source{"conversations": stub{
				query: func(ctx context.Context, _ *query.Query) (*source.Result, error) {
					if c.givenUp {
						once.Do(cancel)
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return nil, fault.New(fault.Permanent, "source_error", "", errors.New("canary-cause"))
				}}}}
			if p.Widgets[0].Spec == nil || len(p.Widgets[0].Steps) < 2 {
				t.Fatal("the first widget has no second query, before which the run could be given up")
			}
			_ = e.Run(ctx, p, none, func(context.Context, *plan.Widget, *format.Data, error) error { return nil })
			started, ended := spans.Started(), spans.Ended()
			if len(started) == 0 || len(ended) != len(started) {
				t.Errorf("%d of %d spans ended", len(ended), len(started))
			}
			for _, s := range ended {
				if s.Status().Code != codes.Error || s.Status().Description != c.reason || !strings.HasPrefix(s.Name(), "widget ") {
					t.Errorf("%s ended with %v", s.Name(), s.Status())
				}
			}
		})
	}
}
