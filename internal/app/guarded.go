package app

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/guard"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight"
)

// guarded puts the guard around a source that the catalog names, and has it asked equal questions once at a time.
func (s *sources) guarded(def *catalog.Source, src source.Source) source.Source {
	metrics := s.metrics.Source(def.Name)
	return singleflight.New(guard.New(src, guard.Options{
		Limit: s.atOnce(def), Embedded: def.Kind == "duckdb", Metrics: metrics,
		Tracer: s.tracer, Name: def.Name, Kind: def.Kind,
	}), nil, metrics)
}

// atOnce is how many queries of a source run at the same time: what the catalog says, else as many as it has connections for.
// 0 leaves it to the guard: the connections of other kinds carry many queries each.
func (s *sources) atOnce(def *catalog.Source) int {
	switch {
	case def.Queries > 0:
		return def.Queries
	case def.Kind == "duckdb" && def.Connections == 0:
		return s.workers
	case def.Kind == "duckdb", def.Kind == "mongodb", def.Kind == "trino":
		return def.Connections
	}
	return 0
}

// resultOf is the label of what came of a query.
func resultOf(err error) string {
	if err == nil {
		return "ok"
	}
	return fault.ClassOf(err).String()
}
