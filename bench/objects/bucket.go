package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

const bucketName = "dispatcher-bench-objects"

// bucket is where the objects are, below a prefix.
type bucket struct {
	client *minio.Client
	prefix string
}

func openBucket(ctx context.Context, address, prefix string) (*bucket, error) {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return nil, fmt.Errorf("the address of the object storage is not http://access-key:secret@host:port")
	}
	secret, _ := u.User.Password()
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "https"})
	if err != nil {
		return nil, err
	}
	if there, err := client.BucketExists(ctx, bucketName); err != nil {
		return nil, err
	} else if !there {
		if err := client.MakeBucket(ctx, bucketName, minio.MakeBucketOptions{}); err != nil {
			return nil, err
		}
	}
	return &bucket{client, prefix}, nil
}

// fill puts the files of a folder there, but for those that are, and takes away what else is.
func (b *bucket) fill(ctx context.Context, root string) (bytes int64, err error) {
	have := make(map[string]int64)
	for o := range b.client.ListObjects(ctx, bucketName, minio.ListObjectsOptions{Prefix: b.prefix + "/", Recursive: true}) {
		if o.Err != nil {
			return 0, o.Err
		}
		have[strings.TrimPrefix(o.Key, b.prefix+"/")] = o.Size
	}
	for day := range allDays {
		key := keyOf(day, "rows")
		path := filepath.Join(root, key)
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		bytes += info.Size()
		size, there := have[key]
		delete(have, key)
		if there && size == info.Size() {
			continue
		}
		run.Progress("storing day %d of %d", day+1, allDays)
		if err := b.put(ctx, key, path); err != nil {
			return 0, err
		}
	}
	for key := range have {
		if err := b.remove(ctx, key); err != nil {
			return 0, err
		}
	}
	return bytes, nil
}

func (b *bucket) put(ctx context.Context, key, path string) error {
	_, err := b.client.FPutObject(ctx, bucketName, b.prefix+"/"+key, path, minio.PutObjectOptions{})
	return err
}

func (b *bucket) remove(ctx context.Context, key string) error {
	return b.client.RemoveObject(ctx, bucketName, b.prefix+"/"+key, minio.RemoveObjectOptions{})
}
