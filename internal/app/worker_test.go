package app

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/config"
)

// TestAWorkerThatCannotStartSaysWhy: what was opened before is closed, and the error is the first one.
func TestAWorkerThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	c, err := config.Load(func(name string) (string, bool) {
		v, ok := map[string]string{"APP_DISPATCHER_CATALOG": "/nowhere/at/all.yaml", "APP_DISPATCHER_DATA": t.TempDir()}[name]
		return v, ok
	}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w, err := NewWorker(t.Context(), c, slog.New(slog.DiscardHandler)); err == nil || w != nil || !strings.Contains(err.Error(), "open the catalog") {
		t.Errorf("%v, %v", w, err)
	}
}
