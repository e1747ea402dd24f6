package budget

import (
	"context"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// away is a store that knows what a query would read, and answers none, so that a page costs what its planning does.
type away struct{ store }

func (*away) Query(context.Context, *query.Query) (*source.Result, error) { return nil, source.ErrOpen }

// BenchmarkPage takes a built-in page of 25 widgets from its plan to the answers of a store that is away: as it is without budgets, and where they are looked at before.
func BenchmarkPage(b *testing.B) {
	cat, err := catalog.LoadBuiltin()
	if err != nil {
		b.Fatal(err)
	}
	page := cat.Pages["ResearchInsightsPage"]
	p, err := plan.Build(&models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"}, page, cat, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		b.Fatal(err)
	}
	with := &engine.Engine{Sources: make(map[string]source.Source), Workers: 1}
	for name := range cat.Sources {
		with.Sources[name] = &away{store{perDay: 100, ranged: true}}
	}
	for name, budgets := range map[string]*Budgets{"free": nil, "bounded": New(catalog.Budget{Rows: 1e9}, 0, time.Now), "tenant": New(catalog.Budget{}, 1e12, time.Now)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run := with.Prepare(p, func(string) bool { return false })
				if err := budgets.Admit(b.Context(), with, cat, page, "1", run); err != nil {
					b.Fatal(err)
				}
				if err := run.Run(b.Context(), func(context.Context, *plan.Widget, *format.Data, error) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
