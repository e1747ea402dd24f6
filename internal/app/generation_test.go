package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

func load(t *testing.T, sources string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(`version: 1
sources: ` + sources + `
datasets: {d: {source: kept, files: [x.csv], tenant: none, dimensions: {a: {type: int}}, measures: {n: {agg: count}}}}
pages: {P: {dataset: d, widgets: {w: {kind: stat, measures: [n]}}}}
`)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A source whose URL stands in a file is opened again when the file holds another, and when nobody reads what is in it any more the old one is closed.
func TestAFileThatHoldsAnotherURL(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "url")
	write := func(url string) {
		if err := os.WriteFile(file, []byte(url), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	metrics := telemetry.NewMetrics()
	p := &Pages{
		sources: &sources{dataRoot: t.TempDir(), workers: 1, metrics: metrics}, events: models.NewEvents(), metrics: metrics, log: slog.New(slog.DiscardHandler),
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	write("mongodb://127.0.0.1:1/")
	c := load(t, fmt.Sprintf(`{kept: {kind: duckdb}, far: {kind: mongodb, database: d, url_file: %q}}`, file))
	far := func() source.Source {
		t.Helper()
		if err := p.use(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		return p.Snapshot().Engine.Sources["far"]
	}
	first := far()
	kept := p.Snapshot().Engine.Sources["kept"]
	if far() != first {
		t.Error("it was opened again though the file holds the same")
	}
	request := p.hold()
	write("mongodb://127.0.0.1:2/")
	if far() == first {
		t.Error("it was not opened again")
	}
	if p.Snapshot().Engine.Sources["kept"] != kept {
		t.Error("the other source was opened again")
	}
	if n := len(p.sources.open); n != 3 {
		t.Errorf("%d sources are open while a request has the old one", n)
	}
	request.Release()
	if n := len(p.sources.open); n != 2 {
		t.Errorf("%d sources are open, want 2", n)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	now := p.Snapshot()
	if err := p.use(t.Context(), c); err == nil || p.Snapshot() != now {
		t.Errorf("without the file: %v", err)
	}
}

// A source that a new catalog does not name is closed when the last request over the old one has ended, and not before.
func TestReplacedSourcesClose(t *testing.T) {
	t.Parallel()
	metrics := telemetry.NewMetrics()
	p := &Pages{
		sources: &sources{dataRoot: t.TempDir(), workers: 1, metrics: metrics}, events: models.NewEvents(), metrics: metrics, log: slog.New(slog.DiscardHandler),
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	use := func(sources string) *catalog.Catalog {
		c := load(t, sources)
		if err := p.use(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := use(`{kept: {kind: duckdb}, gone: {kind: duckdb, threads: 1}}`)
	kept, gone := p.Snapshot().Engine.Sources["kept"], p.Snapshot().Engine.Sources["gone"]
	request := p.hold()
	use(`{kept: {kind: duckdb}}`)
	if p.Snapshot().Engine.Sources["kept"] != kept {
		t.Error("the same definition was opened twice")
	}
	ping := func(s source.Source) error { return s.Ping(t.Context()) }
	if err := errors.Join(ping(kept), ping(gone)); err != nil {
		t.Errorf("before the request has ended: %v", err)
	}
	request.Release()
	if err := ping(kept); err != nil {
		t.Errorf("a source that is named still: %v", err)
	}
	if err := ping(gone); err == nil {
		t.Error("a source that nobody names answers after the last request has ended")
	}
	// Named again, it is opened again; and a catalog one of whose sources cannot be opened leaves none behind.
	use(`{kept: {kind: duckdb}, gone: {kind: duckdb, threads: 1}}`)
	if err := ping(p.Snapshot().Engine.Sources["gone"]); err != nil {
		t.Errorf("opened again: %v", err)
	}
	if err := p.use(context.Background(), load(t, `{kept: {kind: duckdb}, other: {kind: duckdb}, bad: {kind: duckdb, path: none.db}}`)); err == nil {
		t.Error("a source without its file was opened")
	}
	if n := len(p.sources.open); n != len(first.Sources) {
		t.Errorf("%d sources are open, want %d", n, len(first.Sources))
	}
}
