package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/sample"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// sources opens what catalogs name, each once, however often the catalog is reloaded, and closes what no loaded catalog names any more.
type sources struct {
	dataRoot string
	workers  int
	// callTimeout bounds one call of an HTTP API for which the catalog says nothing else.
	callTimeout time.Duration
	metrics     *telemetry.Metrics
	tracer      trace.Tracer // nil for none
	// across has a source's equal queries computed once by several processes; nil for this one alone.
	across func(*catalog.Source) singleflight.Across

	// kept is what was computed of days that are over; nil keeps nothing.
	kept      *days.Options
	keepBytes int64 // what it may take in memory

	mu   sync.Mutex
	open map[string]*opened
	// origins are the open sources as what is kept of them knows them.
	origins map[string]days.Origin
	// scratch is a folder of this process for caches, local are the engines for rows that a store cannot aggregate, by what they hold in memory;
	// they are made when the first source needs them.
	scratch *scratch
	local   map[int64]*duckdb.Source
}

// opened is a source with the number of catalogs that name it.
type opened struct {
	source.Source
	catalogs int
}

// held are a catalog's sources: by its names, and the keys under which they are open until they are released.
type held struct {
	byName map[string]source.Source
	keys   []string
}

// of returns a catalog's sources. They are open until they are released.
func (s *sources) of(ctx context.Context, c *catalog.Catalog) (*held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open, s.origins = make(map[string]*opened), make(map[string]days.Origin)
	}
	out := &held{byName: make(map[string]source.Source, len(c.Sources))}
	var faults []error
	for name, def := range c.Sources {
		key := sourceKey(def)
		if s.open[key] == nil {
			src, err := s.connect(ctx, def)
			if err != nil {
				faults = append(faults, fmt.Errorf("source %s: %w", name, err))
				continue
			}
			s.open[key] = &opened{Source: s.guarded(def, src)}
		}
		s.open[key].catalogs++
		out.byName[name] = s.open[key].Source
		out.keys = append(out.keys, key)
	}
	if len(faults) == 0 {
		return out, nil
	}
	for _, key := range out.keys {
		if src := s.leave(key); src != nil {
			faults = append(faults, src.Close())
		}
	}
	return nil, errors.Join(faults...)
}

// release ends a catalog's use of its sources, and closes those that no other catalog names.
func (s *sources) release(h *held) error {
	s.mu.Lock()
	var unnamed []source.Source
	for _, key := range h.keys {
		if src := s.leave(key); src != nil {
			unnamed = append(unnamed, src)
		}
	}
	s.mu.Unlock()
	var faults []error
	for _, src := range unnamed {
		faults = append(faults, src.Close())
	}
	return errors.Join(faults...)
}

// leave counts a catalog less for a source, and returns it when that was the last one. The caller holds s.mu.
func (s *sources) leave(key string) source.Source {
	o := s.open[key]
	if o == nil { // all have been closed
		return nil
	}
	if o.catalogs--; o.catalogs > 0 {
		return nil
	}
	delete(s.open, key)
	delete(s.origins, key)
	return o.Source
}

// sourceKey is the same for definitions that say the same, and whose files hold the same. Two names are two sources, each with its limits and its
// breaker, even where they lead to one server.
func sourceKey(def *catalog.Source) string {
	key := fmt.Appendf(nil, "%+v", *def)
	for _, file := range []string{def.URLFile, def.CAFile} {
		if file == "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue // whoever opens the source says so
		}
		key = fmt.Appendf(key, " %x", sha256.Sum256(text))
	}
	return string(key)
}

func (s *sources) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var faults []error
	for _, src := range s.open {
		faults = append(faults, src.Close())
	}
	s.open = nil
	for _, local := range s.local {
		faults = append(faults, local.Close())
	}
	s.local = nil
	if s.scratch != nil {
		faults = append(faults, s.scratch.remove())
		s.scratch = nil
	}
	return errors.Join(faults...)
}

// dataRoot returns the folder that catalogs' files are in: the configured one, or a folder into which the
// embedded data, and the tables that are made from it, are written once and kept.
func dataRoot(ctx context.Context, configured string) (string, error) {
	if configured != "" {
		abs, err := filepath.Abs(configured)
		if err != nil {
			return "", fmt.Errorf("APP_DISPATCHER_DATA: %w", err)
		}
		if info, err := os.Stat(abs); err != nil || !info.IsDir() {
			return "", fmt.Errorf("APP_DISPATCHER_DATA: %s is not a folder", configured)
		}
		return abs, nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	dir := filepath.Join(base, "dispatcher", "data")
	if err := sample.Extract(ctx, dir); err != nil {
		// A read-only home is no reason not to start.
		dir = filepath.Join(os.TempDir(), fmt.Sprintf("dispatcher-data-%d", os.Getuid()))
		if err := sample.Extract(ctx, dir); err != nil {
			return "", fmt.Errorf("write the embedded data: %w", err)
		}
	}
	return dir, nil
}
