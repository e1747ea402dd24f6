package catalog

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "a.yaml")
	write(t, file, small)
	var logged bytes.Buffer
	s, err := NewStore(dir, slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	first, told := s.Current(), 0
	s.OnChange(func(*Catalog) { told++ })

	write(t, file, strings.Replace(small, "source: s", "source: t", 1))
	for range 2 {
		if err := s.Reload(t.Context()); err == nil {
			t.Error("a bad catalog is taken")
		}
	}
	if s.Current() != first || told != 0 || strings.Count(logged.String(), "not reloaded") != 1 {
		t.Errorf("after a fault: told %d, log %s", told, &logged)
	}

	write(t, file, strings.Replace(small, "agg: count}", "agg: count, unit: short}", 1))
	if err := s.Reload(t.Context()); err != nil || s.Current() == first || told != 1 {
		t.Errorf("after the fix: %v, told %d", err, told)
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "a.yaml")
	write(t, file, small)
	s, err := NewStore(file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan *Catalog, 8)
	s.OnChange(func(c *Catalog) { changed <- c })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Watch(ctx) }()

	// Written before or after the watch begins: both are seen, for Watch looks once by itself.
	write(t, file, strings.Replace(small, "agg: count}", "agg: count, unit: short}", 1))
	select {
	case c := <-changed:
		if c.Datasets["posts"].Measures["n"].Unit != "short" {
			t.Error("the listener got another catalog")
		}
	case err := <-done:
		t.Fatalf("the watch ended: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
