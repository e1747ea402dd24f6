package budget

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// BenchmarkAdmit holds a built-in page of 25 widgets against a budget, over stores whose numbers are known: beside the run that computes it, which is put together anyway, and as it is without
// one, where all of it is put together for the budget alone.
func BenchmarkAdmit(b *testing.B) {
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
		with.Sources[name] = &store{perDay: 100, ranged: true}
	}
	prepare := func() *engine.Prepared {
		run := with.Prepare(p, func(string) bool { return false })
		run.Asked(b.Context())
		return run
	}
	run := prepare()
	for name, next := range map[string]func() *engine.Prepared{"beside a run": func() *engine.Prepared { return run }, "alone": prepare} {
		for budget, budgets := range map[string]*Budgets{"page": New(catalog.Budget{Rows: 1e9}, 0, time.Now), "tenant": New(catalog.Budget{}, 1e12, time.Now)} {
			b.Run(name+"/"+budget, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := budgets.Admit(b.Context(), with, cat, page, Payer{Tenant: "1"}, next()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
