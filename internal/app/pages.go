package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/budget"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Pages is the catalog with everything that computes its pages.
type Pages struct {
	store    *catalog.Store
	sources  *sources
	events   *models.Events
	registry *strategies.Registry
	current  atomic.Pointer[generation]
	workers  int
	reports  *strategies.Reports
	// cooldowns is nil where nothing is delivered.
	cooldowns strategies.Cooldowns
	// budgets are the same for all catalogs, so that a reload gives nobody a new one.
	budgets *budget.Budgets
	metrics *telemetry.Metrics
	log     *slog.Logger
}

// OpenPages loads the catalog and opens its sources.
func OpenPages(ctx context.Context, c *config.Config, metrics *telemetry.Metrics, log *slog.Logger) (*Pages, error) {
	return openPages(ctx, c, &sources{metrics: metrics}, log)
}

// openPages opens the pages over sources of which the caller has said what is counted, traced and shared.
func openPages(ctx context.Context, c *config.Config, over *sources, log *slog.Logger) (*Pages, error) {
	root, err := dataRoot(ctx, c.Dispatcher.Data)
	if err != nil {
		return nil, err
	}
	store, err := catalog.NewStore(c.Dispatcher.Catalog, log)
	if err != nil {
		return nil, err
	}
	over.dataRoot, over.workers, over.callTimeout = root, c.Dispatcher.Workers, c.AITimeout
	p := &Pages{
		store: store, sources: over, workers: c.Dispatcher.Workers,
		events: models.NewEvents(), registry: strategies.NewRegistry(), metrics: over.metrics, log: log,
	}
	bound := catalog.Budget{Rows: int64(c.Dispatcher.BudgetRows), Bytes: int64(c.Dispatcher.BudgetBytes), Parts: int64(c.Dispatcher.BudgetParts)}
	p.budgets = budget.New(bound, int64(c.Dispatcher.TenantRows), time.Now)
	if err := strategies.RegisterAll(p.registry); err != nil {
		return nil, err
	}
	if p.reports, err = openReports(c, log); err != nil {
		return nil, err
	}
	p.reports.Temp = p.sources.workbooks
	if err := p.use(ctx, store.Current()); err != nil {
		return nil, err
	}
	store.OnChange(func(c *catalog.Catalog) {
		err := p.use(context.WithoutCancel(ctx), c)
		p.metrics.CatalogReload(err == nil)
		if err != nil {
			log.Error("the new catalog is not used: a source cannot be opened", telemetry.Err(err))
		}
	})
	return p, nil
}

// use makes a catalog the one that new requests see.
func (p *Pages) use(ctx context.Context, c *catalog.Catalog) error {
	open, err := p.sources.of(ctx, c)
	if err != nil {
		return err
	}
	now := &generation{
		pages: p,
		snapshot: &strategies.Snapshot{Catalog: c, Engine: &engine.Engine{
			Sources: open.byName, Answers: p.sources.answers(c), Workers: p.workers, Parallel: parallel(c), Embedded: embedded(c), Tracer: p.sources.tracer,
			Observe: func(source string, role plan.Role, elapsed time.Duration, err error) {
				p.metrics.Query(source, string(role), resultOf(err), elapsed)
			},
		}, Missing: process.Missing, Budgets: p.budgets},
		declared: make(map[string]bool), health: process.NewHealth(c, open.byName), sources: open,
	}
	now.users.Store(1) // it is the current one
	names := []string{strategies.EchoPage}
	for _, page := range c.Pages {
		names = append(names, page.Key.Page)
		for _, event := range page.Events {
			now.declared[event] = true
		}
	}
	events := p.events.Names()
	for event := range now.declared {
		events = append(events, event)
	}
	var sourceNames []string
	for name := range c.Sources {
		sourceNames = append(sourceNames, name)
	}
	p.metrics.Known(events, names, sourceNames)
	if before := p.current.Swap(now); before != nil {
		before.Release()
	}
	return nil
}

// Reload reads the catalog again, and the files that its sources name. What cannot be used is logged, and leaves all as it is.
func (p *Pages) Reload(ctx context.Context) { _ = p.store.Again(ctx) }

// remoteQueries is how many queries of one page a server is asked at the same time where the catalog does not say it: it has
// processors of its own.
const remoteQueries = 4

func parallel(c *catalog.Catalog) map[string]int {
	out := make(map[string]int)
	for name, def := range c.Sources {
		switch {
		case def.Connections > 0:
			out[name] = def.Connections
		case !isEmbedded(def):
			out[name] = remoteQueries
		}
	}
	return out
}

// embedded are the sources that compute in this process.
func embedded(c *catalog.Catalog) map[string]bool {
	out := make(map[string]bool)
	for name, def := range c.Sources {
		out[name] = isEmbedded(def)
	}
	return out
}

func isEmbedded(def *catalog.Source) bool { return def.Kind == "duckdb" }

// Snapshot returns the catalog and engine as they are now.
func (p *Pages) Snapshot() *strategies.Snapshot { return p.current.Load().snapshot }

// Ready says whether the sources that the catalog needs answer, and which do not.
func (p *Pages) Ready(ctx context.Context) error { return p.current.Load().health.Check(ctx) }

// Close closes all sources.
func (p *Pages) Close() error { return p.sources.close() }
