package stores

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// open opens the catalog of a file or a folder, or the built-in one where path is empty, over the embedded data in root.
func open(t *testing.T, path, root string) *app.Pages {
	t.Helper()
	cfg, err := config.Load(func(name string) (string, bool) {
		v := map[string]string{"APP_DISPATCHER_CATALOG": path, "APP_DISPATCHER_DATA": root}[name]
		return v, v != ""
	}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := app.OpenPages(t.Context(), cfg, telemetry.NewMetrics(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("the start: %v", err)
	}
	t.Cleanup(func() {
		if err := pages.Close(); err != nil {
			t.Error(err)
		}
	})
	return pages
}

// over opens a catalog's text.
func over(t *testing.T, root, catalog string) *app.Pages {
	t.Helper()
	path := filepath.Join(t.TempDir(), "catalog.yaml")
	if err := os.WriteFile(path, []byte(catalog), 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, path, root)
}
