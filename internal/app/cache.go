package app

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight/lease"
)

// Shared says of queries what consumers that share their answers would answer them with.
type Shared struct {
	leases map[string]*lease.Leases
}

// NewShared looks at what the consumers of the configured input stream share over a catalog's sources.
func NewShared(broker redis.Cmdable, c *config.Config, cat *catalog.Catalog) *Shared {
	answers := Answers(broker, c)
	s := &Shared{leases: make(map[string]*lease.Leases, len(cat.Sources))}
	for name, def := range cat.Sources {
		s.leases[name] = leasesOf(broker, c, def, answers)
	}
	return s
}

// Look says what would come of a query to a source of the catalog.
func (s *Shared) Look(ctx context.Context, source string, q *query.Query) (*lease.Looked, error) {
	l, ok := s.leases[source]
	if !ok {
		return nil, fmt.Errorf("no source %q", source)
	}
	alone := *q
	alone.Keep = nil // which no key of what is asked has
	return l.Look(ctx, &alone)
}
