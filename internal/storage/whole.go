package storage

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// PartPrefix begins the names of files that are not whole yet.
const PartPrefix = ".part-"

// WriteWhole writes a file beside its place and moves it there when it is whole and on the disk: whoever looks sees the file that was there before, or the
// new one, never half of one. What is left of a file that did not get whole is removed; of a killed process it stays, under a name that begins with PartPrefix.
func WriteWhole(path string, mode fs.FileMode, write func(to io.Writer) error) (err error) {
	part, err := os.CreateTemp(filepath.Dir(path), PartPrefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = part.Close()           // the first error counts
			_ = os.Remove(part.Name()) // as above
		}
	}()
	if err := write(part); err != nil {
		return err
	}
	if err := errors.Join(part.Chmod(mode), part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}
