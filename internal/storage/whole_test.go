package storage_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/storage"
)

// TestWriteWhole: while a file is written, and when that fails, the one before it is there; afterwards the new one, and nothing else.
func TestWriteWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "report.csv")
	holds := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%q is there, want %q: %v", got, want, err)
		}
	}
	put := func(text string, failure error) error {
		return storage.WriteWhole(path, 0o640, func(to io.Writer) error {
			_, err := io.WriteString(to, text)
			if text != "first" {
				holds("first")
			}
			return errors.Join(err, failure)
		})
	}
	if err := put("first", nil); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("the rows have ended early")
	if err := put("half", failure); !errors.Is(err, failure) {
		t.Errorf("a failure ends as %v", err)
	}
	holds("first")
	if err := put("second", nil); err != nil {
		t.Fatal(err)
	}
	holds("second")
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v is left: %v", left, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v: %v", info.Mode(), err)
	}
	if err := storage.WriteWhole(filepath.Join(dir, "nowhere", "x"), 0o600, func(io.Writer) error { return nil }); err == nil {
		t.Error("a file is in a folder that is not there")
	}
}
