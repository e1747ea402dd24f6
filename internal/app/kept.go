package app

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/memory"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// upkeepQuiet is how long no answer has been made before what is kept of days is divided anew, unless it has waited for that too long.
const upkeepQuiet = 250 * time.Millisecond

// keep opens what is kept of days that are over: in memory, and in a folder where one is set.
func (w *Worker) keep(c *config.Config, over *sources, broker redis.Cmdable, log *slog.Logger) error {
	if c.Dispatcher.KeepBytes == 0 {
		return nil
	}
	most := int64(c.Dispatcher.KeepBytes)
	inMemory := days.NewMemory(most)
	over.keepBytes = most
	over.kept = &days.Options{Store: inMemory, Now: time.Now, Upkeep: days.NewUpkeep(upkeepQuiet, c.Dispatcher.KeepUpkeepAfter)}
	purge := inMemory.Purge
	places := func() []telemetry.Kept { return []telemetry.Kept{placeOf("memory", inMemory.Stats())} }
	if dir := c.Dispatcher.KeepDir; dir != "" {
		disk, err := days.OpenDisk(dir, int64(c.Dispatcher.KeepDiskBytes))
		if err != nil {
			return fmt.Errorf("APP_DISPATCHER_KEEP_DIR: %w", err)
		}
		tiers := days.NewTiers(inMemory, disk)
		w.closers.Add("kept days", tiers.Close)
		over.kept.Store, purge = tiers, tiers.Purge
		places = func() []telemetry.Kept {
			onDisk := placeOf("disk", disk.Stats())
			onDisk.Corrupt = disk.Corrupt()
			return []telemetry.Kept{placeOf("memory", inMemory.Stats()), onDisk}
		}
	}
	w.closers.Add("upkeep of kept days", over.kept.Upkeep.Close)
	purges := followPurges(broker, c.Stream.Input, purge, log)
	w.closers.Add("purges of kept days", purges.Close)
	over.kept.Purged, over.kept.PurgedDays = purges.of, purges.days
	count, err := w.metrics.KeptDays(places)
	if err != nil {
		return err
	}
	board := newKeptBoard(broker, c, inMemory.Usage, places, log)
	w.closers.Add("statistics of kept days", board.Close)
	over.kept.Observe = func(dataset string, kept, computed int) {
		count(dataset, kept, computed)
		board.observe(dataset, kept, computed)
	}
	return nil
}

func placeOf(name string, s days.Stats) telemetry.Kept {
	return telemetry.Kept{Place: name, Entries: s.Entries, Bytes: s.Bytes, Budget: s.Budget, Evicted: s.Evicted, Hits: s.Hits, Misses: s.Misses}
}

// answers keeps whole answers, where anything is kept. The catalog's sources are open.
func (s *sources) answers(c *catalog.Catalog) engine.Answers {
	if s.kept == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, d := range c.Datasets {
		if d.Keep != nil {
			memory.Reserve(s.keepBytes)
		}
		if s.kept.Observe != nil {
			s.kept.Observe(name, 0, 0) // its counters are there from the start
		}
	}
	origins := make(map[string]days.Origin)
	for name, def := range c.Sources {
		origins[name] = s.origins[sourceKey(def)]
	}
	return days.NewAnswers(origins, *s.kept)
}

// origin is a source as what is kept of it knows it; src is what asks it, without anything around it.
func (s *sources) origin(def *catalog.Source, src source.Source) days.Origin {
	versions, _ := src.(source.Versioner)
	return days.Origin{Scope: s.keptScope(def), Versions: versions, Embedded: isEmbedded(def)}
}

// keptScope tells apart what is kept of sources, in another process, too: by all that the catalog says of them, and where they are. It may have secrets in it; only its hash is written anywhere.
func (s *sources) keptScope(def *catalog.Source) string {
	url := ""
	if def.URLEnv != "" || def.URLFile != "" {
		url, _ = process.URLOf(def) // whoever opens the source says what is wrong with it
	}
	return fmt.Sprintf("%q %q %q", sourceKey(def), url, s.dataRoot)
}
