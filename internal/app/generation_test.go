package app

import (
	"context"
	"errors"
	"log/slog"
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

// A source that a new catalog does not name is closed when the last request over the old one has ended, and not before.
func TestReplacedSourcesClose(t *testing.T) {
	t.Parallel()
	metrics := telemetry.NewMetrics()
	p := &Pages{
		sources: sources{dataRoot: t.TempDir(), workers: 1, metrics: metrics}, events: models.NewEvents(), metrics: metrics, log: slog.New(slog.DiscardHandler),
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
