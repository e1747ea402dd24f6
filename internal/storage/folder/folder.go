// Package folder keeps files in a folder of this machine, for deployments without object storage. Links never end. They are addresses of a server that has the
// folder, where one is named, else file URLs, which help whoever works on the machine, or shares the folder. It removes no file but what a killed process has left unfinished.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/storage"
)

// Store is a folder.
type Store struct{ dir, base string }

var _ storage.Store = (*Store)(nil)

// abandoned is how long nobody has written to a part that its process will not end: each one's files are written all the time.
const abandoned = 24 * time.Hour

// Open makes the folder where it is missing, and removes what killed processes have left in it. base is the address under which a server hands out its files;
// empty is none.
func Open(dir, base string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(abs, 0o750)
	}
	if err != nil {
		return nil, fault.New(fault.Permanent, storage.ReasonConfig, "the folder for files cannot be made", err)
	}
	s := &Store{dir: abs, base: strings.TrimSuffix(base, "/")}
	s.removeAbandoned()
	return s, nil
}

// removeAbandoned removes old parts. What cannot be removed is left for the next start.
func (s *Store) removeAbandoned() {
	_ = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(d.Name(), storage.PartPrefix) {
			return nil //nolint:nilerr // as above
		}
		if info, err := d.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(path)
		}
		return nil
	})
}

// Put writes a file beside its place and moves it there when it is whole.
func (s *Store) Put(ctx context.Context, f storage.File, content io.Reader) (stored storage.Stored, err error) {
	if !filepath.IsLocal(filepath.FromSlash(f.Key)) {
		return stored, fault.New(fault.Permanent, "storage_error", "this is not a file's name", nil)
	}
	path := filepath.Join(s.dir, filepath.FromSlash(f.Key))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return stored, failed(err)
	}
	read := storage.Count(stopping{ctx, content})
	if err := storage.WriteWhole(path, 0o600, func(to io.Writer) error { _, err := io.Copy(to, read); return err }); err != nil {
		if own := read.Err(); own != nil {
			return stored, own
		}
		return stored, failed(err)
	}
	return storage.Stored{Link: s.link(f.Key, path), SHA256: read.SHA256(), Bytes: read.Bytes()}, nil
}

func (s *Store) link(key, path string) string {
	if s.base == "" {
		link := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
		return link.String()
	}
	link := url.URL{Path: key}
	return s.base + "/" + link.EscapedPath()
}

// stopping is a reader that ends with ctx.
type stopping struct {
	ctx  context.Context
	next io.Reader
}

// Read reads.
func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.next.Read(p)
}

func failed(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fault.New(fault.Transient, storage.ReasonFull, "the disk for files is full", fmt.Errorf("folder: %w", err))
	}
	return fault.New(fault.Permanent, "storage_error", "the folder for files cannot be written", fmt.Errorf("folder: %w", err))
}
