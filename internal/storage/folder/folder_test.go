package folder_test

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/storage"
	"github.com/go-dispatcher/dispatcher/internal/storage/folder"
	"github.com/go-dispatcher/dispatcher/internal/storage/storagetest"
)

// TestAbandonedParts: what a killed process has left is removed when the folder is opened a day later, and nothing else.
func TestAbandonedParts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := time.Now().Add(-25 * time.Hour)
	for name, at := range map[string]time.Time{".part-old": old, ".part-new": time.Now(), "whole.csv": old} {
		path := filepath.Join(dir, "exports", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := folder.Open(dir, ""); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "exports"))
	if err != nil || len(left) != 2 || left[0].Name() != ".part-new" || left[1].Name() != "whole.csv" {
		t.Errorf("%v: %v are left", err, left)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "when missing")
	s, err := folder.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	storagetest.Run(t, s, func(t *testing.T, link string) []byte {
		t.Helper()
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "file" {
			t.Fatalf("%s is no file's URL: %v", link, err)
		}
		content, err := os.ReadFile(u.Path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}, func(t *testing.T) (keys []string) {
		t.Helper()
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				key, _ := filepath.Rel(dir, path)
				keys = append(keys, filepath.ToSlash(key))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return keys
	})
}

func TestFolderIsNotLeft(t *testing.T) {
	t.Parallel()
	outer := t.TempDir()
	s, err := folder.Open(filepath.Join(outer, "in"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"../out", "/out", "a/../../out", ""} {
		if _, err := s.Put(t.Context(), storage.File{Key: key}, strings.NewReader("x")); err == nil {
			t.Errorf("%q was written", key)
		}
	}
	if _, err := os.Stat(filepath.Join(outer, "out")); err == nil {
		t.Error("a file is outside the folder")
	}
}
