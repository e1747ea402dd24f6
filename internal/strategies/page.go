package strategies

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/budget"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// Snapshot is a catalog with the engine over its sources. A request works on one snapshot from its first
// look-up to its last widget, so that a reload never mixes two catalogs in one page.
type Snapshot struct {
	Catalog *catalog.Catalog
	Engine  *engine.Engine
	// Budgets refuse pages that are beyond them; nil admits all.
	Budgets *budget.Budgets
	// Missing says that a source that may be left out is not configured; nil is never.
	Missing func(*catalog.Source) bool
}

// offered returns the page with what it leaves out: widgets of missing sources, unless it has no others.
func (s *Snapshot) offered(page *catalog.Page) *catalog.Page {
	if s.Missing == nil {
		return page
	}
	omit := make(map[string]bool)
	for _, w := range page.Widgets {
		if s.Missing(w.Dataset.Source) {
			omit[w.ID] = true
		}
	}
	if len(omit) == 0 || len(omit) == len(page.Widgets) {
		return page
	}
	out := *page
	out.Omit = omit
	return &out
}

// Pages finds catalog pages as strategies.
type Pages struct {
	Snapshot *Snapshot
	// Now is the clock.
	Now func() time.Time
	// Reports makes reports and workbooks; nil is none, and a request for one gets the page.
	Reports *Reports
	// Cooldowns keeps alerts that were delivered silent for a while; nil keeps none.
	Cooldowns Cooldowns
}

// Find returns the strategy of the page with exactly this product and name.
func (p Pages) Find(k Key) (Strategy, bool) {
	if k.Notification != "" {
		return nil, false
	}
	found, ok := p.Page(catalog.PageKey{Product: k.Product, Page: k.Page})
	if !ok {
		return nil, false
	}
	var s Strategy = &unified{found}
	if p.Reports != nil {
		s = &document{Page: found, otherwise: s, with: p.Reports}
	}
	return &members{Page: found, otherwise: s}, true
}

// Page returns the page under exactly this key.
func (p Pages) Page(key catalog.PageKey) (*Page, bool) {
	page, ok := p.Snapshot.Catalog.Pages[key.String()]
	if !ok {
		return nil, false
	}
	return &Page{page: p.Snapshot.offered(page), snapshot: p.Snapshot, now: p.Now, cooldowns: p.Cooldowns}, true
}

// Page computes one catalog page: it plans, runs the plan and pushes each widget as it gets ready.
type Page struct {
	page     *catalog.Page
	snapshot *Snapshot
	now      func() time.Time

	cooldowns Cooldowns
}

var (
	_ Strategy   = (*Page)(nil)
	_ NewestWins = (*Page)(nil)
	_ Kept       = (*Page)(nil)
)

// Widgets returns the asked widgets, or all of the page.
func (p *Page) Widgets(req *models.Request) []string {
	return plan.Selected(req, p.page)
}

// NewestWins says what the catalog says.
func (p *Page) NewestWins() bool { return p.page.NewestWins }

// Kept says whether a dataset of the page has its days kept or its answers shared. A later page of a feed is nobody's first look.
func (p *Page) Kept(req *models.Request) (parameters []string, ok bool) {
	if _, on := req.ExtraOf("cursor"); on || req.PageNumber > 1 {
		return nil, false
	}
	return p.page.Kept()
}

// admit prepares the run of a page that was planned, without the widgets that are to be skipped, or says why it does not run.
func (p *Page) admit(ctx context.Context, req *models.Request, planned *plan.Plan, skip func(widget string) bool) (*engine.Prepared, error) {
	run := p.snapshot.Engine.Prepare(planned, skip)
	return run, p.snapshot.Budgets.Admit(ctx, p.snapshot.Engine, p.snapshot.Catalog, p.page, budget.Payer{Tenant: req.Tenant(), WarmUp: req.WarmUp}, run)
}

// Run plans and computes the page.
func (p *Page) Run(ctx context.Context, req *models.Request, out Pusher) error {
	planned, err := plan.Build(req, p.page, p.snapshot.Catalog, p.now())
	if err != nil {
		return err
	}
	run, err := p.admit(ctx, req, planned, out.Sent)
	if err != nil {
		return err
	}
	run.Written = out.Written
	return run.Run(ctx, func(ctx context.Context, w *plan.Widget, data *format.Data, err error) error {
		if err == nil && data.Alert != nil {
			return p.alert(ctx, req, w, data, out)
		}
		if err == nil {
			return out.Push(ctx, w.ID, data)
		}
		if fault.ClassOf(err) == fault.Canceled && ctx.Err() != nil {
			return err
		}
		return out.Fail(ctx, w.ID, err)
	})
}
