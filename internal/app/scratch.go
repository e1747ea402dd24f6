package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-dispatcher/dispatcher/internal/filelock"
)

// A scratch folder holds the caches of one process. It is locked for as long as the process lives, however that ends, so that the next one can
// tell what a killed one has left behind.

const (
	scratchPattern = "dispatcher-scratch-*"
	scratchLock    = "lock"
)

// scratch is the folder of this process.
type scratch struct {
	dir  string
	lock *os.File
}

// makeScratchIn removes what killed processes have left in base, and makes a folder there.
func makeScratchIn(base string) (*scratch, error) {
	left, err := filepath.Glob(filepath.Join(base, scratchPattern))
	if err != nil {
		return nil, fmt.Errorf("look for old caches: %w", err)
	}
	for _, dir := range left {
		removeLeft(dir)
	}
	dir, err := os.MkdirTemp(base, scratchPattern)
	if err != nil {
		return nil, fmt.Errorf("make a folder for caches: %w", err)
	}
	// The lock is taken before it has its name: a folder without one is being made.
	f, err := os.CreateTemp(dir, scratchLock)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the caches: %w", err), os.RemoveAll(dir))
	}
	err = filelock.Lock(f)
	if err == nil || errors.Is(err, errors.ErrUnsupported) {
		err = os.Rename(f.Name(), filepath.Join(dir, scratchLock))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the caches: %w", err), f.Close(), os.RemoveAll(dir))
	}
	return &scratch{dir: dir, lock: f}, nil
}

// removeLeft removes a folder whose process is gone. One that cannot be looked at is somebody else's.
func removeLeft(dir string) {
	f, err := os.OpenFile(filepath.Join(dir, scratchLock), os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if filelock.Lock(f) == nil {
		_ = os.RemoveAll(dir) // the next start tries again
	}
}

func (s *scratch) remove() error {
	return errors.Join(os.RemoveAll(s.dir), s.lock.Close())
}
