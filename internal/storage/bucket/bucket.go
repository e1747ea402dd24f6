// Package bucket keeps files in a bucket of an S3 store, in parts, so that a file of any size takes the memory of one part; links are
// presigned. It makes no bucket and removes no file but
// the parts of one that did not get whole: how long files stay is a life-cycle rule of the bucket.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/storage"
)

// Config says where the bucket is.
type Config struct {
	// Endpoint is host:port.
	Endpoint             string
	AccessKey, SecretKey string
	Region, Bucket       string
	TLS                  bool
	// LinkFor is how long links hold, at most 7 days; 0 is a day.
	LinkFor time.Duration
	// Transport is how requests are sent; nil is minio-go's own.
	Transport http.RoundTripper
}

const (
	// partBytes is what is held in memory of one file; S3's bound of 10,000 parts makes 156 GiB the largest file.
	partBytes = 16 << 20
	// longest is S3's bound for presigned links.
	longest = 7 * 24 * time.Hour
)

// Store is a bucket.
type Store struct {
	cfg    Config
	client *minio.Client
}

var _ storage.Store = (*Store)(nil)

// Open makes the client. It does not ask the server yet.
func Open(cfg Config) (*Store, error) {
	if cfg.LinkFor <= 0 {
		cfg.LinkFor = longest / 7
	}
	if cfg.LinkFor > longest {
		return nil, fault.New(fault.Permanent, storage.ReasonConfig, "links to files hold for 7 days at most", nil)
	}
	if cfg.Bucket == "" {
		return nil, fault.New(fault.Permanent, storage.ReasonConfig, "no bucket is named for files", nil)
	}
	client, err := minio.New(cfg.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""), Secure: cfg.TLS, Region: cfg.Region,
		Transport: cfg.Transport, MaxRetries: 3, BucketLookup: minio.BucketLookupAuto,
	})
	if err != nil {
		return nil, fault.New(fault.Permanent, storage.ReasonConfig, "the object storage's address cannot be used", err)
	}
	return &Store{cfg: cfg, client: client}, nil
}

// Put uploads a file and returns its link.
func (s *Store) Put(ctx context.Context, f storage.File, content io.Reader) (storage.Stored, error) {
	read := storage.Count(content)
	_, err := s.client.PutObject(ctx, s.cfg.Bucket, f.Key, read, -1, minio.PutObjectOptions{ContentType: f.ContentType, PartSize: partBytes})
	if err != nil {
		if own := read.Err(); own != nil {
			return storage.Stored{}, own
		}
		return storage.Stored{}, classify(ctx, fmt.Errorf("bucket: put %s: %w", f.Key, err))
	}
	made := time.Now()
	asked := url.Values{}
	if f.Name != "" {
		asked.Set("response-content-disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	}
	link, err := s.client.PresignedGetObject(ctx, s.cfg.Bucket, f.Key, s.cfg.LinkFor, asked)
	if err != nil {
		return storage.Stored{}, classify(ctx, fmt.Errorf("bucket: link %s: %w", f.Key, err))
	}
	return storage.Stored{Link: link.String(), SHA256: read.SHA256(), Bytes: read.Bytes(), Expires: made.Add(s.cfg.LinkFor).UTC().Truncate(time.Second)}, nil
}

// classify decides once what may be done about an error of this store.
func classify(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Timeout, "storage_timeout", "storing the file took longer than it was allowed to", err)
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return fault.New(fault.Canceled, "canceled", "", err)
	}
	unavailable := fault.New(fault.Transient, storage.ReasonUnavailable, "the object storage cannot be reached", err)
	if _, ok := errors.AsType[net.Error](err); ok {
		return unavailable
	}
	var answer minio.ErrorResponse
	errors.As(err, &answer) // zero where the server has not answered
	switch code := answer.StatusCode; {
	case answer.Code == "NoSuchBucket":
		return fault.New(fault.Permanent, storage.ReasonConfig, "the bucket for files does not exist", err)
	case answer.Code == "XMinioStorageFull":
		return fault.New(fault.Transient, storage.ReasonFull, "the object storage is full", err)
	case code == http.StatusForbidden || code == http.StatusUnauthorized:
		return fault.New(fault.Permanent, storage.ReasonDenied, "the object storage refuses the credentials", err)
	case code == http.StatusTooManyRequests || answer.Code == "SlowDown" || answer.Code == "SlowDownWrite":
		return fault.New(fault.Throttled, "storage_throttled", "the object storage asks for fewer requests", err)
	case code >= http.StatusInternalServerError, code == 0:
		return unavailable
	}
	return fault.New(fault.Permanent, "storage_error", "the object storage does not take the file", err)
}
