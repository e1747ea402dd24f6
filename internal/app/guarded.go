package app

import (
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/changes"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/guard"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight/lease"
)

// guarded puts the guard around a source that the catalog names, and has it asked equal questions once at a time.
func (s *sources) guarded(def *catalog.Source, src source.Source) source.Source {
	metrics := s.metrics.Source(def.Name)
	embedded := isEmbedded(def)
	var across singleflight.Across
	if s.across != nil {
		across = s.across(def)
		if embedded { // a round trip to Redis takes about as long as a query in this process
			across = singleflight.OnlyShared{Across: across}
		}
	}
	var doubted atomic.Bool // the guard says so
	once := singleflight.New(guard.New(src, guard.Options{
		Limit: s.atOnce(def), Embedded: embedded, Metrics: metrics, Tracer: s.tracer, Name: def.Name, Kind: def.Kind, Doubted: &doubted,
	}), across, metrics, &doubted)
	watch := changes.NewWatch(once, time.Now)
	told := changes.New(once, watch)
	if s.kept == nil {
		return told
	}
	origin := s.origin(def, src)
	origin.Changes = watch
	s.origins[sourceKey(def)] = origin
	return days.New(told, origin, *s.kept)
}

// acrossProcesses has each source's equal queries computed once by all consumers of an input stream. Sources are told apart by all that the catalog says of
// them, so that consumers with different catalogs share nothing that differs.
func acrossProcesses(broker redis.Cmdable, c *config.Config) func(*catalog.Source) singleflight.Across {
	answers := Answers(broker, c)
	return func(def *catalog.Source) singleflight.Across { return leasesOf(broker, c, def, answers) }
}

func leasesOf(broker redis.Cmdable, c *config.Config, def *catalog.Source, answers *lease.Answers) *lease.Leases {
	sum := sha256.Sum256([]byte(sourceKey(def)))
	return lease.New(broker, commit.NamesOf(c.Stream.Input).AskedPrefix, hex.EncodeToString(sum[:8]), answers)
}

// Answers returns those that the consumers of an input stream share; nil where they share none.
func Answers(broker redis.Cmdable, c *config.Config) *lease.Answers {
	if c.Dispatcher.ShareBytes == 0 {
		return nil
	}
	return lease.NewAnswers(broker, commit.NamesOf(c.Stream.Input).AnswersPrefix, int64(c.Dispatcher.ShareBytes))
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
