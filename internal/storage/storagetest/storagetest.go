// Package storagetest asks every store of files the same questions.
package storagetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/storage"
)

// Run runs the suite. open reads a link's bytes, list the keys that are there, those of files that
// are not whole too.
func Run(t *testing.T, s storage.Store, open func(t *testing.T, link string) []byte, list func(t *testing.T) []string) {
	t.Helper()
	t.Run("What is put is what the link opens", func(t *testing.T) {
		for _, size := range []int{0, 1, 1 << 20, 17<<20 + 5} {
			content := make([]byte, size)
			_, _ = rand.Read(content)
			put, err := s.Put(t.Context(), file("same"), io.LimitReader(bytes.NewReader(content), 1<<40))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(content)
			if put.Bytes != int64(size) || put.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("%d bytes are stored as %d with %s", size, put.Bytes, put.SHA256)
			}
			if got := open(t, put.Link); !bytes.Equal(got, content) {
				t.Errorf("the link opens %d other bytes than the %d that were put", len(got), size)
			}
		}
	})
	t.Run("Content that fails leaves nothing and keeps its error", func(t *testing.T) {
		broken := errors.New("the rows ended")
		for _, size := range []int64{10, 40 << 20} {
			_, err := s.Put(t.Context(), file("broken"), io.MultiReader(io.LimitReader(zeros{}, size), failing{broken}))
			if !errors.Is(err, broken) {
				t.Errorf("after %d bytes: %v", size, err)
			}
		}
		if keys := others(list(t)); len(keys) > 0 {
			t.Errorf("half a file is there: %v", keys)
		}
	})
	t.Run("A context that ends leaves nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := s.Put(ctx, file("canceled"), io.MultiReader(io.LimitReader(zeros{}, 40<<20), calls{cancel}, zeros{}))
		if err == nil {
			t.Error("no error")
		}
		if keys := others(list(t)); len(keys) > 0 {
			t.Errorf("half a file is there: %v", keys)
		}
	})
}

func file(name string) storage.File {
	return storage.File{Key: storage.Key("suite", name), ContentType: "application/octet-stream", Name: name + ".bin"}
}

// others returns the keys beside the one file that is meant to be there.
func others(keys []string) []string {
	return slices.DeleteFunc(keys, func(k string) bool { return k == file("same").Key })
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type calls struct{ f func() }

func (c calls) Read([]byte) (int, error) { c.f(); return 0, io.EOF }
