package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/mongodb"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
	"github.com/go-dispatcher/dispatcher/internal/source/trino"
	"github.com/go-dispatcher/dispatcher/internal/text"
)

// engineMemory bounds what an embedded engine holds in memory where the catalog does not say; the rest goes to the disk.
const engineMemory = 1 << 30

func memoryOf(def *catalog.Source) int64 { return cmp.Or(def.MemoryLimit, engineMemory) }

// connect opens one source by its kind. A server that is away fails its own widgets, not the start: sources connect when they are
// first asked.
func (s *sources) connect(ctx context.Context, def *catalog.Source) (source.Source, error) {
	if def.Kind == "duckdb" {
		connections := def.Connections
		if connections == 0 {
			connections = s.workers
		}
		spill, err := s.scratchDir("duckdb-")
		if err != nil {
			return nil, err
		}
		return duckdb.Open(ctx, duckdb.Config{
			Path: def.Path, ReadOnly: def.ReadOnly, DataRoot: s.dataRoot, Connections: connections, Threads: def.Threads,
			MemoryLimit: memoryOf(def), SpillDir: spill,
		})
	}
	if def.Kind == "http" {
		return s.api(ctx, def)
	}
	url, err := process.URLOf(def)
	if err != nil {
		return nil, err
	}
	switch def.Kind {
	case "mongodb":
		return mongodb.Open(ctx, mongodb.Config{
			URL: url, CAFile: def.CAFile, Database: def.Database, ReadPreference: def.ReadPreference, Connections: def.Connections, AllowDiskUse: def.AllowDiskUse,
		})
	case "cassandra":
		local, err := s.localEngine(ctx, memoryOf(def))
		if err != nil {
			return nil, err
		}
		return later(func(ctx context.Context) (*cassandra.Source, error) {
			return cassandra.Open(ctx, cassandra.Config{
				URL: url, CAFile: def.CAFile, Keyspace: def.Keyspace, Consistency: def.Consistency, Connections: def.Connections, Local: local,
			})
		}), nil
	case "s3":
		return s.bucket(ctx, def, url)
	case "trino":
		return trino.Open(ctx, trino.Config{URL: url, Catalog: def.Catalog, Schema: def.Schema, Connections: def.Connections})
	}
	return nil, fmt.Errorf("unknown kind %q", def.Kind)
}

// bucket opens an object store with a cache and an engine of its own.
func (s *sources) bucket(ctx context.Context, def *catalog.Source, url string) (source.Source, error) {
	dir, err := s.scratchDir("objects-")
	if err != nil {
		return nil, err
	}
	cache := filepath.Join(dir, "cache")
	engine, err := duckdb.Open(ctx, duckdb.Config{
		DataRoot: cache, Connections: s.workers, MemoryLimit: memoryOf(def), SpillDir: filepath.Join(dir, "spill"),
	})
	if err != nil {
		return nil, err
	}
	bucket, err := object.Open(ctx, object.Config{
		URL: url, CAFile: def.CAFile, Bucket: def.Bucket, Region: def.Region, CacheDir: cache, Parallel: def.Connections, Engine: engine,
		CacheBytes: def.CacheBytes, Text: text.Limits{Unpacked: def.ObjectBytes},
	})
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return struct {
		source.Source
		source.Linker
		source.Versioner
	}{&owning{Source: bucket, close: engine.Close}, bucket, bucket}, nil
}

// owning is a source that closes more than itself.
type owning struct {
	source.Source
	close func() error
}

// Close closes both.
func (o *owning) Close() error { return errors.Join(o.Source.Close(), o.close()) }

// localEngine returns the engine of a memory limit that aggregates rows of other stores. The caller holds s.mu.
func (s *sources) localEngine(ctx context.Context, memory int64) (*duckdb.Source, error) {
	if local, ok := s.local[memory]; ok {
		return local, nil
	}
	spill, err := s.scratchDir("local-")
	if err != nil {
		return nil, err
	}
	// Many connections: a computation waits for its rows most of the time.
	local, err := duckdb.Open(ctx, duckdb.Config{Connections: 4 * s.workers, MemoryLimit: memory, SpillDir: spill})
	if err != nil {
		return nil, err
	}
	if s.local == nil {
		s.local = make(map[int64]*duckdb.Source)
	}
	s.local[memory] = local
	return local, nil
}

// workbooks returns where workbooks wait until they are whole: what a killed process leaves there is removed by the next one.
func (s *sources) workbooks() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scratchRoot()
}

// scratchRoot returns the folder of this process. The caller holds s.mu.
func (s *sources) scratchRoot() (string, error) {
	if s.scratch == nil {
		made, err := makeScratchIn(os.TempDir())
		if err != nil {
			return "", err
		}
		s.scratch = made
	}
	return s.scratch.dir, nil
}

// scratchDir makes a folder of a source's own in that of the process. The caller holds s.mu.
func (s *sources) scratchDir(pattern string) (string, error) {
	root, err := s.scratchRoot()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(root, pattern)
	if err != nil {
		return "", fmt.Errorf("make a folder for caches: %w", err)
	}
	return dir, nil
}
