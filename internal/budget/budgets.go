package budget

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Budgets let pages run that are within their budgets. It is used by many requests at once.
type Budgets struct {
	page      catalog.Budget
	tenants   *tenants // nil without a budget
	estimates estimates
}

// New returns what admits pages: each may read what page says, where the catalog says nothing else of it, and each tenant so many rows a minute. 0 is no bound.
func New(page catalog.Budget, tenantRows int64, now func() time.Time) *Budgets {
	a := &Budgets{page: page, estimates: estimates{now: now}}
	if tenantRows > 0 {
		a.tenants = newTenants(tenantRows, now)
	}
	return a
}

// Admit returns nil, or why a page does not run: an error of class Reject. Nil Budgets admit all.
func (b *Budgets) Admit(ctx context.Context, with *engine.Engine, cat *catalog.Catalog, page *catalog.Page, by Payer, run *engine.Prepared) error {
	if b == nil {
		return nil
	}
	bound := b.page
	if page.Budget != nil {
		bound = *page.Budget
	}
	if bound == (catalog.Budget{}) && b.tenants == nil {
		return nil
	}
	asked := run.Asked(ctx)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if b.tenants == nil && total(b.estimates.of(ctx, with, cat, whole(asked))).beyond(bound) == "" {
		return nil // whatever is kept of it
	}
	queries, less := remaining(ctx, with, asked)
	s := total(b.estimates.of(ctx, with, cat, queries))
	s.spared = less
	if text := s.beyond(bound); text != "" {
		return refused(models.ReasonTooExpensive, text)
	}
	if b.tenants == nil {
		return nil
	}
	text, later := b.tenants.spend(by, s.read.Rows)
	switch {
	case text == "":
		return nil
	case later && by.WarmUp:
		return refused(models.ReasonBudgetSpent, text)
	}
	return refused(models.ReasonTooExpensive, text)
}

func refused(reason, text string) error {
	return fault.New(fault.Reject, reason, text, nil)
}
