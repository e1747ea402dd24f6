package catalog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a folder must be quiet before it is read again: editors write a file in several steps.
const settle = 200 * time.Millisecond

// Store holds the catalog in use. A reload swaps it only when the whole new catalog is good; on a fault the
// old one stays. Its methods may be called from many goroutines.
type Store struct {
	path    string
	log     *slog.Logger
	current atomic.Pointer[Catalog]

	mu        sync.Mutex // one reload at a time
	fault     string     // the last fault logged
	listeners []func(*Catalog)
}

// NewStore loads the catalog at path, a file or folder; an empty path is the built-in catalog.
func NewStore(path string, log *slog.Logger) (*Store, error) {
	s := &Store{path: path, log: log}
	cat, err := s.load()
	if err != nil {
		return nil, err
	}
	s.current.Store(cat)
	return s, nil
}

func (s *Store) load() (*Catalog, error) {
	if s.path == "" {
		return LoadBuiltin()
	}
	return LoadPath(s.path)
}

// Current returns the catalog in use. A request keeps the one it started with.
func (s *Store) Current() *Catalog { return s.current.Load() }

// OnChange calls f with every new catalog, from the goroutine that reloads. Register before Watch; f must
// not call Reload.
func (s *Store) OnChange(f func(*Catalog)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, f)
}

// Reload loads the catalog again. An error leaves the old one in use, and is logged once as long as it stays the same.
func (s *Store) Reload(ctx context.Context) error { return s.reload(ctx, false) }

// Again is Reload, and tells also of a catalog that is the same: what it names may have changed.
func (s *Store) Again(ctx context.Context) error { return s.reload(ctx, true) }

func (s *Store) reload(ctx context.Context, again bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	cat, err := s.load()
	if err != nil {
		if s.fault != err.Error() {
			s.fault = err.Error()
			s.log.ErrorContext(ctx, "catalog not reloaded; the old one stays in use", slog.Any("error", err))
		}
		return fmt.Errorf("reload the catalog: %w", err)
	}
	s.fault = ""
	if cat.Version == s.Current().Version {
		if !again {
			return nil
		}
		cat = s.Current()
	} else {
		s.current.Store(cat)
		s.log.InfoContext(ctx, "catalog reloaded", slog.String("version", cat.Version))
	}
	for _, f := range s.listeners {
		f(cat)
	}
	return nil
}

// Watch reloads the catalog whenever its folder or file changes, until ctx ends. The built-in catalog never changes.
func (s *Store) Watch(ctx context.Context) error {
	if s.path == "" {
		<-ctx.Done()
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the catalog: %w", err)
	}
	defer func() { _ = w.Close() }()
	if err := w.Add(watched(s.path)); err != nil {
		return fmt.Errorf("watch the catalog: %w", err)
	}
	// What changed between the first load and the watch is caught up with; its fault is logged already.
	_ = s.Reload(ctx)
	quiet := time.NewTimer(settle)
	quiet.Stop()
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, ok := <-w.Events:
			if !ok {
				return errors.New("watch the catalog: the watcher ended")
			}
			quiet.Reset(settle)
		case err, ok := <-w.Errors:
			if !ok {
				return errors.New("watch the catalog: the watcher ended")
			}
			s.log.WarnContext(ctx, "watching the catalog", slog.Any("error", err))
			quiet.Reset(settle) // events may be lost: look again
		case <-quiet.C:
			_ = s.Reload(ctx) // logged there
		}
	}
}
