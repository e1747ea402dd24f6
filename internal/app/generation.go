package app

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// generation is one loaded catalog: what a request sees from its first look-up to its last widget. Its sources stay open while it is the
// current one or a request works on it.
type generation struct {
	pages    *Pages
	snapshot *strategies.Snapshot
	declared map[string]bool
	health   *process.Health
	sources  *held
	// users are the requests that work on it, and one while it is the current one.
	users atomic.Int64
}

var _ dispatch.Pages = (*generation)(nil)

// hold returns the current generation for one request, which must release it.
func (p *Pages) hold() dispatch.Pages {
	for {
		g := p.current.Load()
		for n := g.users.Load(); n > 0; n = g.users.Load() {
			if g.users.CompareAndSwap(n, n+1) {
				return g
			}
		}
		// It was replaced, and its last request has ended: there is a newer one.
	}
}

// Release ends one use. The last one closes the sources that no other generation has.
func (g *generation) Release() {
	if g.users.Add(-1) > 0 {
		return
	}
	if err := g.pages.sources.release(g.sources); err != nil {
		g.pages.log.Warn("a source that no catalog names any more did not close", telemetry.Err(err))
	}
}

// Finders returns the strategies to look among: hand-written ones first, then the catalog's pages.
func (g *generation) Finders() []strategies.Finder {
	return []strategies.Finder{g.pages.registry, strategies.Pages{Snapshot: g.snapshot, Now: time.Now, Reports: g.pages.reports, Cooldowns: g.pages.cooldowns}}
}

// Declares says whether the catalog accepts an event.
func (g *generation) Declares(event string) bool { return g.declared[event] }

// PageOf returns the page of an event that the catalog declares, or "".
func (g *generation) PageOf(event string) string {
	for _, page := range g.snapshot.Catalog.Pages {
		if slices.Contains(page.Events, event) {
			return page.Key.Page
		}
	}
	return ""
}
