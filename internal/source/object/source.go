// Package object computes queries over objects of an S3 store: Parquet, CSV and JSON. Only the objects whose path the range
// selects are listed, only the columns and row groups that a query needs are read, by range; they stay in a local
// cache by ETag, and a local engine does the query.
package object

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Config says where the objects are, and what may be used to read them.
type Config struct {
	// URL is http(s)://access-key:secret@host:port. It is never shown.
	URL string
	// Bucket holds the objects; Region may be empty.
	Bucket, Region string
	// CacheDir is a folder of this source's own: what is in it is removed. The engine must be allowed to read it.
	CacheDir string
	// CacheBytes bounds what is kept in it; 0 is 4 GiB. What running queries need may go beyond.
	CacheBytes int64
	// MaxObjects and MaxBytes bound what one query may touch; 0 is 10,000 objects and 8 GiB.
	MaxObjects int
	MaxBytes   int64
	// Parallel is how many reads are under way at the same time; 0 is 8.
	Parallel int
	// WholeBelow is the size up to which a Parquet object is read at once, since more requests would take longer; 0 is 256 KiB.
	WholeBelow int64
	// ListFor is how long a listing is believed; 0 is 5 s.
	ListFor time.Duration
	// Engine computes over the local files.
	Engine Engine
	// Transport replaces the default one.
	Transport http.RoundTripper
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Engine is the local engine.
type Engine interface {
	source.Files
	source.Local
}

// Source is a bucket.
type Source struct {
	cfg    Config
	client *minio.Client
	lists  listings
	cache  *cache
	reads  chan struct{}
}

var _ source.Source = (*Source)(nil)

// Open makes the client and an empty cache. It does not ask the server yet.
func Open(_ context.Context, cfg Config) (*Source, error) {
	setDefaults(&cfg)
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fault.New(fault.Permanent, "source_config", "the object store's URL is not http(s)://key:secret@host", nil)
	}
	secret, _ := u.User.Password()
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "https",
		Region: cfg.Region, Transport: cfg.Transport, MaxRetries: 3, BucketLookup: minio.BucketLookupAuto,
	})
	if err != nil {
		return nil, fault.New(fault.Permanent, "source_config", "the object store's URL cannot be used", err)
	}
	if err := os.RemoveAll(cfg.CacheDir); err != nil {
		return nil, fmt.Errorf("object: empty the cache: %w", err)
	}
	if err := os.MkdirAll(cfg.CacheDir, 0o700); err != nil {
		return nil, fmt.Errorf("object: make the cache: %w", err)
	}
	return &Source{cfg: cfg, client: client, cache: newCache(cfg.CacheDir, cfg.CacheBytes), reads: make(chan struct{}, cfg.Parallel)}, nil
}

func setDefaults(cfg *Config) {
	if cfg.CacheBytes <= 0 {
		cfg.CacheBytes = 4 << 30
	}
	if cfg.MaxObjects <= 0 {
		cfg.MaxObjects = 10_000
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 8 << 30
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = 8
	}
	if cfg.WholeBelow <= 0 {
		cfg.WholeBelow = 256 << 10
	}
	if cfg.ListFor <= 0 {
		cfg.ListFor = 5 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
}

// Query brings what q needs of its objects to the disk and has it computed.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	begin := s.cfg.Now()
	objects, err := s.objects(ctx, q)
	if err != nil {
		return nil, err
	}
	local, err := s.bring(ctx, q, objects)
	if err != nil {
		return nil, err
	}
	defer local.release()
	r, err := s.compute(ctx, q, local.paths)
	if err != nil {
		return nil, err
	}
	r.AsOf = newest(objects, begin)
	r.Stats.Bytes = local.fetched
	r.Stats.Elapsed = s.cfg.Now().Sub(begin)
	return r, nil
}

// compute answers q over what is on the disk; where nothing lies in the range, over no rows.
func (s *Source) compute(ctx context.Context, q *query.Query, paths []string) (*source.Result, error) {
	if len(paths) == 0 {
		var fields []query.Field
		for _, n := range q.Needs() {
			fields = append(fields, n.Field)
		}
		return s.cfg.Engine.Compute(ctx, q, fields, func(func([]any, error) bool) {})
	}
	return s.cfg.Engine.OverFiles(ctx, q, q.Relation.Format, paths)
}

// newest returns when the objects last changed.
func newest(objects []minio.ObjectInfo, none time.Time) time.Time {
	var at time.Time
	for i := range objects {
		if objects[i].LastModified.After(at) {
			at = objects[i].LastModified
		}
	}
	if at.IsZero() {
		return none
	}
	return at
}

// Ping says whether the bucket answers.
func (s *Source) Ping(ctx context.Context) error {
	ok, err := s.client.BucketExists(ctx, s.cfg.Bucket)
	if err != nil {
		return classify(ctx, fmt.Errorf("object: ping: %w", err))
	}
	if !ok {
		return fault.New(fault.Permanent, "source_schema", "the bucket does not exist", fmt.Errorf("object: no bucket %s", s.cfg.Bucket))
	}
	return nil
}

// Link returns a URL under which an object can be read for a while without credentials.
func (s *Source) Link(ctx context.Context, key string, valid time.Duration) (string, error) {
	if key == "" || path.Clean("/"+key) != "/"+key || strings.HasSuffix(key, "/") {
		return "", fault.New(fault.Reject, "bad_value", "this is not an object's name", nil)
	}
	u, err := s.client.PresignedGetObject(ctx, s.cfg.Bucket, key, valid, nil)
	if err != nil {
		return "", classify(ctx, fmt.Errorf("object: link: %w", err))
	}
	return u.String(), nil
}

// Close removes the cache.
func (s *Source) Close() error {
	if err := os.RemoveAll(s.cfg.CacheDir); err != nil {
		return fmt.Errorf("object: remove the cache: %w", err)
	}
	return nil
}
