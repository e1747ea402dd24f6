package app

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/changes"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight/lease"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// Shared says of queries what consumers that share their answers would answer them with.
type Shared struct {
	leases  map[string]*lease.Leases
	watches map[string]*changes.Watch
}

// NewShared looks at what the consumers of the configured input stream share over the sources of a catalog, which are open.
func NewShared(broker redis.Cmdable, c *config.Config, of *strategies.Snapshot) *Shared {
	answers := Answers(broker, c)
	s := &Shared{leases: make(map[string]*lease.Leases), watches: make(map[string]*changes.Watch)}
	for name, def := range of.Catalog.Sources {
		s.leases[name] = leasesOf(broker, c, def, answers)
		s.watches[name] = changes.NewWatch(of.Engine.Sources[name], time.Now)
	}
	return s
}

// Look says what would come of a query to a source of the catalog. It asks the source nothing but what tells the state of its rows, where the catalog says that.
func (s *Shared) Look(ctx context.Context, source string, q *query.Query) (*lease.Looked, error) {
	l, ok := s.leases[source]
	if !ok {
		return nil, fmt.Errorf("no source %q", source)
	}
	alone := *q
	alone.Keep = nil // which no key of what is asked has
	return l.Look(ctx, s.watches[source].Told(ctx, &alone))
}
