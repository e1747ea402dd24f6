package load

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Objects puts tables into a bucket as Parquet, an object a tenant and month: name/tenant/yyyy/mm/name.parquet.
type Objects struct {
	client         *minio.Client
	bucket, region string
}

// OpenObjects connects to https://access-key:secret@host:port. Errors do not hold the URL.
func OpenObjects(address, bucket, region string) (*Objects, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User == nil {
		return nil, fmt.Errorf("load: the URL of the object store is not https://access-key:secret@host:port")
	}
	secret, _ := u.User.Password()
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "https", Region: region,
	})
	if err != nil {
		return nil, fmt.Errorf("load: the object store: %w", err)
	}
	return &Objects{client: client, bucket: bucket, region: region}, nil
}

// Load writes the objects of one table.
func (o *Objects) Load(ctx context.Context, t *Table, replace bool, progress Progress) error {
	there, err := o.client.BucketExists(ctx, o.bucket)
	if err == nil && !there {
		err = o.client.MakeBucket(ctx, o.bucket, minio.MakeBucketOptions{Region: o.region})
	}
	if err != nil {
		return fmt.Errorf("load: bucket %s: %w", o.bucket, err)
	}
	for found := range o.client.ListObjects(ctx, o.bucket, minio.ListObjectsOptions{Prefix: t.Name + "/", Recursive: true}) {
		switch {
		case found.Err != nil:
			return fmt.Errorf("load: list %s: %w", t.Name, found.Err)
		case !replace:
			return has(o.bucket + "/" + t.Name)
		}
		if err := o.client.RemoveObject(ctx, o.bucket, found.Key, minio.RemoveObjectOptions{}); err != nil {
			return fmt.Errorf("load: remove %s: %w", found.Key, err)
		}
	}
	dir, err := os.MkdirTemp("", "dispatcher-load-")
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a folder of the system's temporary ones
	months, err := writeMonths(ctx, dir, t)
	if err != nil {
		return err
	}
	done := 0
	for _, m := range months {
		if _, err := o.client.FPutObject(ctx, o.bucket, t.Name+"/"+m.key+"/"+t.Name+".parquet", filepath.Join(dir, m.file), minio.PutObjectOptions{
			ContentType: "application/vnd.apache.parquet",
		}); err != nil {
			return fmt.Errorf("load: put %s: %w", m.key, err)
		}
		done += m.rows
		progress(t.Name, done, t.Count)
	}
	return nil
}

// Close does nothing: requests keep no connection of theirs.
func (o *Objects) Close() error { return nil }

// keyOf is the folder of a row: its tenant and month.
func keyOf(tenant string, at time.Time) (string, error) {
	if tenant == "" || strings.ContainsAny(tenant, "/\\") || strings.Trim(tenant, ".") == "" {
		return "", fmt.Errorf("load: tenant %q cannot be a part of an object's name", tenant)
	}
	return tenant + "/" + at.Format("2006/01"), nil
}
