package object_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// servers are the stores that everything here has to work on.
func servers() map[string]func(t testing.TB) string {
	return map[string]func(t testing.TB) string{"minio": testenv.MinIO, "versitygw": testenv.SecondS3}
}

// bucket is a bucket of a test's own.
type bucket struct {
	t      testing.TB
	url    string
	name   string
	client *minio.Client
}

func newBucket(t testing.TB, address string) *bucket {
	t.Helper()
	name := testenv.Name("test-")
	return &bucket{t: t, url: address, name: name, client: client.Bucket(t, address, name)}
}

func (b *bucket) put(key string, data []byte) {
	b.t.Helper()
	if _, err := b.client.PutObject(b.t.Context(), b.name, key, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{}); err != nil {
		b.t.Fatal(err)
	}
}

// source opens the bucket.
func (b *bucket) source(change func(*object.Config)) *object.Source {
	b.t.Helper()
	cache := filepath.Join(b.t.TempDir(), "cache")
	engine, err := duckdb.Open(b.t.Context(), duckdb.Config{DataRoot: cache, Connections: 2, MemoryLimit: 512 << 20})
	if err != nil {
		b.t.Fatal(err)
	}
	cfg := object.Config{URL: b.url, Bucket: b.name, CacheDir: cache, Engine: engine, ListFor: time.Nanosecond}
	if change != nil {
		change(&cfg)
	}
	s, err := object.Open(b.t.Context(), cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = s.Close(); _ = engine.Close() })
	return s
}

// parquet makes a Parquet file of a SELECT.
func parquet(t testing.TB, selecting string, more ...string) []byte {
	t.Helper()
	return export(t, selecting, "FORMAT parquet"+strings.Join(append([]string{""}, more...), ", "))
}
