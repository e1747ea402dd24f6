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
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/parquet"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/text"
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
	// FooterBytes bounds the memory of Parquet footers: of those that are kept, beyond what running queries use, and of those that one query needs; 0 is
	// 512 MiB.
	FooterBytes int64
	// MaxObjects and MaxBytes bound what one query may touch; 0 is 10,000 objects and 8 GiB. MaxUnpacked bounds what that unpacks to, MaxRows
	// the rows of Parquet that are gone over, as the files state them; 0 is 64 GiB and 4 billion.
	MaxObjects            int
	MaxBytes, MaxUnpacked int64
	MaxRows               int64
	// Parquet and Text bound what one object may ask of its readers.
	Parquet parquet.Limits
	Text    text.Limits
	// Parallel is how many reads are under way at the same time; 0 is 8.
	Parallel int
	// WholeBelow is the size up to which a Parquet object is read at once, since more requests would take longer; 0 is 256 KiB.
	WholeBelow int64
	// ListFor is how long a listing is believed; 0 is 5 s.
	ListFor time.Duration
	// Engine computes over the local files.
	Engine Engine
	// CAFile holds the certificates of the authorities to trust, in place of the system's.
	CAFile string
	// Transport is how requests are sent; nil is minio-go's own.
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

var (
	_ source.Source = (*Source)(nil)
	_ source.Linker = (*Source)(nil)
)

// Open makes the client and an empty cache. It does not ask the server yet.
func Open(_ context.Context, cfg Config) (*Source, error) {
	setDefaults(&cfg)
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fault.New(fault.Permanent, "source_config", "the object store's URL is not http(s)://key:secret@host", nil)
	}
	if cfg.CAFile != "" && u.Scheme != "https" {
		return nil, fault.New(fault.Permanent, "source_config", "the object store has authorities to trust, and a URL that is not https", nil)
	}
	secret, _ := u.User.Password()
	if cfg.Transport == nil {
		transport, err := minio.DefaultTransport(u.Scheme == "https")
		if err != nil {
			return nil, fault.New(fault.Permanent, "source_config", "the object store's URL cannot be used", err)
		}
		if transport.TLSClientConfig, err = source.TLS(cfg.CAFile); err != nil {
			return nil, err
		}
		cfg.Transport = transport
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "https",
		Region: cfg.Region, Transport: bounded{cfg.Transport}, MaxRetries: 3, BucketLookup: minio.BucketLookupAuto,
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
	return &Source{cfg: cfg, client: client, cache: newCache(cfg.CacheDir, cfg.CacheBytes, cfg.FooterBytes), reads: make(chan struct{}, cfg.Parallel)}, nil
}

func setDefaults(cfg *Config) {
	if cfg.CacheBytes <= 0 {
		cfg.CacheBytes = 4 << 30
	}
	if cfg.FooterBytes <= 0 {
		cfg.FooterBytes = 512 << 20
	}
	if cfg.MaxObjects <= 0 {
		cfg.MaxObjects = 10_000
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 8 << 30
	}
	if cfg.MaxUnpacked <= 0 {
		cfg.MaxUnpacked = 64 << 30
	}
	if cfg.MaxRows <= 0 {
		cfg.MaxRows = 4_000_000_000
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

// Query brings what q needs of its objects to the disk and has it computed. Where an object has changed since it was listed, it looks once more.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	r, err := s.query(ctx, q)
	if fault.ReasonOf(err) == "source_changed" {
		s.lists.clear()
		r, err = s.query(ctx, q)
	}
	return r, err
}

// query answers q; of its newest rows, from the newest objects alone.
func (s *Source) query(ctx context.Context, q *query.Query) (*source.Result, error) {
	ask := func(part *query.Query) (*source.Result, error) { return s.whole(ctx, part) }
	r, stepped, err := source.Stepwise(q, stretches(q), ask)
	if !stepped || fault.ReasonOf(err) == "source_schema" { // older objects may have the column that the newest ones lack
		return ask(q)
	}
	return r, err
}

// whole answers q from all objects of its range.
func (s *Source) whole(ctx context.Context, q *query.Query) (*source.Result, error) {
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
	r, err := s.compute(ctx, q, local.sets)
	if err != nil {
		return nil, named(err, local.keys)
	}
	r.AsOf = newest(objects, begin)
	r.Stats.Bytes = local.fetched
	r.Stats.Elapsed = s.cfg.Now().Sub(begin)
	return r, nil
}

// compute answers q over what is on the disk; where nothing lies in the range, over no rows.
func (s *Source) compute(ctx context.Context, q *query.Query, sets []source.FileSet) (*source.Result, error) {
	if len(sets) == 0 {
		var fields []query.Field
		for _, n := range q.Needs() {
			fields = append(fields, n.Field)
		}
		return s.cfg.Engine.Compute(ctx, q, fields, func(func([]any, error) bool) {})
	}
	return s.cfg.Engine.OverFiles(ctx, q, sets)
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

// Close removes the cache.
func (s *Source) Close() error {
	if c, ok := s.cfg.Transport.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections() // else the server keeps them open until they are idle for long
	}
	if err := os.RemoveAll(s.cfg.CacheDir); err != nil {
		return fmt.Errorf("object: remove the cache: %w", err)
	}
	return nil
}
