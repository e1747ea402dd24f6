package dataset

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFetchPackage(t *testing.T) {
	t.Parallel()
	archive := tarball(t, "package/hello.txt", "hello")
	npm := fakeNPM(t, "cp '"+archive+"' ./made-1.0.0.tgz; echo run >> '"+archive+".log'")
	p := Package{Name: "@scope/made", Version: "1.0.0", SHA256: digest(archive), Size: "1 kB"}
	cache := filepath.Join(t.TempDir(), "cache")
	var lines []string
	for range 2 {
		path, err := fetchPackage(t.Context(), npm, p, cache, func(s string) { lines = append(lines, s) })
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) != "scope-made-1.0.0.tgz" || digest(path) != p.SHA256 {
			t.Errorf("got %s", path)
		}
	}
	if log, err := os.ReadFile(archive + ".log"); err != nil || string(log) != "run\n" {
		t.Errorf("npm ran %q (%v), want once", log, err)
	}
	if len(lines) != 1 || !strings.Contains(lines[0], "@scope/made@1.0.0 (1 kB)") {
		t.Errorf("progress: %q", lines)
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 1 {
		t.Errorf("the cache holds %v (%v), want the archive alone", left, err)
	}
}

func TestFetchPackageFaults(t *testing.T) {
	t.Parallel()
	archive := tarball(t, "package/hello.txt", "hello")
	for _, test := range []struct{ name, script, want string }{
		{"other content", "cp '" + archive + "' ./made-1.0.0.tgz", "SHA-256"},
		{"nothing packed", "true", "0 archives"},
		{"registry down", "echo npm error network >&2; exit 1", "check the network"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cache := t.TempDir()
			_, err := fetchPackage(t.Context(), fakeNPM(t, test.script), Package{Name: "made", Version: "1.0.0", SHA256: "00"}, cache, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if left, _ := os.ReadDir(cache); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	t.Run("no npm", func(t *testing.T) {
		t.Parallel()
		if _, err := fetchFlights(t.Context(), filepath.Join(t.TempDir(), "npm"), t.TempDir(), nil); !errors.Is(err, ErrNoNPM) {
			t.Errorf("error %v, want ErrNoNPM", err)
		}
	})
	t.Run("canceled", func(t *testing.T) {
		t.Parallel()
		npm := fakeNPM(t, "exit 1")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := fetchFlights(ctx, npm, t.TempDir(), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want canceled", err)
		}
	})
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	archive := tarball(t, flightsMember, "rows")
	sum := sha256.Sum256([]byte("rows"))
	path := filepath.Join(t.TempDir(), FlightsFile)
	if err := unpack(archive, flightsMember, path, hex.EncodeToString(sum[:])); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "rows" {
		t.Errorf("got %q, %v", got, err)
	}
	other := filepath.Join(t.TempDir(), FlightsFile)
	if err := unpack(archive, flightsMember, other, "00"); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("error %v for other content", err)
	}
	if err := unpack(archive, "package/absent", other, "00"); err == nil || !strings.Contains(err.Error(), "package/absent") {
		t.Errorf("error %v for a missing member", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(other)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// fakeNPM writes a shell script that stands in for npm and returns its path.
func fakeNPM(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "npm")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil { //nolint:gosec // it has to be executable
		t.Fatal(err)
	}
	return path
}

// tarball makes a gzipped tar of one file.
func tarball(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source.tgz")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	zip := gzip.NewWriter(out)
	archive := tar.NewWriter(zip)
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(archive.Close(), zip.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}
