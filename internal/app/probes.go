package app

import (
	"context"
	"log/slog"
	"maps"
	"sync"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// probes are the servers that a catalog's datasets need, for a process that computes nothing: it asks them whether they answer. Embedded databases are no
// servers, and their files are the worker's alone.
type probes struct {
	path    string
	sources sources
	log     *slog.Logger

	mu     sync.Mutex
	store  *catalog.Store // nil until there is one
	open   *held          // the sources that are asked
	health *health
	err    error // why there is none
}

func newProbes(c *config.Config, log *slog.Logger) *probes {
	return &probes{
		path: c.Dispatcher.Catalog, sources: sources{workers: 1, callTimeout: c.AITimeout, metrics: telemetry.NewMetrics()}, log: log,
		err: fault.New(fault.Transient, "catalog_unusable", "the catalog is not open yet", nil),
	}
}

// Run opens the catalog and follows its changes until ctx ends. A catalog that cannot be used leaves the process up, and not ready.
func (p *probes) Run(ctx context.Context) error {
	store, err := catalog.NewStore(p.path, p.log)
	if err != nil {
		p.unusable(err)
		return nil
	}
	p.mu.Lock()
	p.store = store
	p.mu.Unlock()
	p.use(ctx, store.Current())
	store.OnChange(func(c *catalog.Catalog) { p.use(context.WithoutCancel(ctx), c) })
	return store.Watch(ctx)
}

// use makes a catalog the one whose servers are asked.
func (p *probes) use(ctx context.Context, c *catalog.Catalog) {
	remote := *c
	remote.Sources = maps.Clone(c.Sources)
	maps.DeleteFunc(remote.Sources, func(_ string, def *catalog.Source) bool { return def.Kind == "duckdb" })
	open, err := p.sources.of(ctx, &remote)
	if err != nil {
		p.unusable(err)
		return
	}
	p.mu.Lock()
	before := p.open
	p.open, p.health, p.err = open, newHealth(&remote, open.byName), nil
	p.mu.Unlock()
	if before == nil {
		return
	}
	if err := p.sources.release(before); err != nil {
		p.log.WarnContext(ctx, "a source that no catalog names any more did not close", telemetry.Err(err))
	}
}

// reload reads the catalog again, and the files that its sources name.
func (p *probes) reload(ctx context.Context) {
	p.mu.Lock()
	store := p.store
	p.mu.Unlock()
	if store != nil {
		_ = store.Again(ctx) // logged there
	}
}

// catalog is the one in use; nil where none could be loaded.
func (p *probes) catalog() *catalog.Catalog {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.store == nil {
		return nil
	}
	return p.store.Current()
}

func (p *probes) unusable(err error) {
	p.log.Error("the catalog's sources cannot be asked whether they answer", telemetry.Err(err))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.health == nil {
		p.err = fault.New(fault.Permanent, "catalog_unusable", "the catalog cannot be used", err)
	}
}

// ready returns an error that names each server which does not answer.
func (p *probes) ready(ctx context.Context) error {
	p.mu.Lock()
	h, err := p.health, p.err
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return h.check(ctx)
}

func (p *probes) close() error { return p.sources.close() }
