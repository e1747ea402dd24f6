package server

import (
	"context"
	"log/slog"
	"sync"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// probes are the servers that a catalog's datasets need, for a process that computes nothing: it asks them whether they are there. Embedded databases are no
// servers, and their files are the worker's alone.
type probes struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex
	store  *catalog.Store // nil until there is one
	health *process.Health
	err    error // why there is none
}

func newProbes(path string, log *slog.Logger) *probes {
	return &probes{path: path, log: log, err: fault.New(fault.Transient, "catalog_unusable", "the catalog is not open yet", nil)}
}

// Run opens the catalog and follows its changes until ctx ends. A catalog that cannot be used leaves the process up, and not ready.
func (p *probes) Run(ctx context.Context) error {
	store, err := catalog.NewStore(p.path, p.log)
	if err != nil {
		p.log.Error("the catalog cannot be used", telemetry.Err(err))
		p.mu.Lock()
		p.err = fault.New(fault.Permanent, "catalog_unusable", "the catalog cannot be used", err)
		p.mu.Unlock()
		return nil
	}
	p.mu.Lock()
	p.store = store
	p.mu.Unlock()
	p.use(store.Current())
	store.OnChange(p.use)
	return store.Watch(ctx)
}

// use makes a catalog the one whose servers are asked.
func (p *probes) use(c *catalog.Catalog) {
	servers := make(map[string]reach)
	for name, def := range c.Sources {
		if def.Kind != "duckdb" {
			servers[name] = reach{def}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.health, p.err = process.NewHealth(c, servers), nil
}

// reload reads the catalog again.
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

// ready returns an error that names each server which cannot be reached.
func (p *probes) ready(ctx context.Context) error {
	p.mu.Lock()
	h, err := p.health, p.err
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return h.Check(ctx)
}
