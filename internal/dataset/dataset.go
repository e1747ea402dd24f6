// Package dataset carries the data that the product ships with, and fetches the larger data of the examples.
//
// Extract writes the embedded files below a data root; it is idempotent and safe for several processes at once,
// because a file appears whole or not at all. FetchFlights fetches the flight data on first use and keeps it.
// The package knows files, not queries: catalogs refer to the files by the names that Names returns.
package dataset

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed conversations/posts.parquet conversations/README.md conversations/LICENSE
var files embed.FS

// Names lists the embedded files, as slash-separated paths below the data root. Every data file has its README
// and LICENSE beside it.
func Names() []string {
	var names []string
	// The embedded file system cannot fail to be read.
	_ = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, path)
		}
		return err
	})
	return names
}

// Extract writes every embedded file to dir/name. A file that is already there with the same content is left
// alone; one with other content is replaced in one step.
func Extract(dir string) error {
	var errs []error
	for _, name := range Names() {
		data, err := files.ReadFile(name)
		if err == nil {
			err = writeFile(filepath.Join(dir, filepath.FromSlash(name)), data)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("dataset: extract %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// writeFile puts data at path atomically, unless it is there already.
func writeFile(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // nothing is left to remove once it has been renamed
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
