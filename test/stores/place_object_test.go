package stores

import (
	"fmt"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// asObjects puts the rows into a bucket: an object a month, and one of all for datasets whose time is another column.
func asObjects(t *testing.T, address, format string, s *set) placed {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(u.User.Username(), password, "")})
	if err != nil {
		t.Fatal(err)
	}
	bucket := unique("same-")
	if err := client.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for o := range client.ListObjects(clean(t), bucket, minio.ListObjectsOptions{Recursive: true}) {
			_ = client.RemoveObject(clean(t), bucket, o.Key, minio.RemoveObjectOptions{})
		}
		_ = client.RemoveBucket(clean(t), bucket)
	})
	dir := t.TempDir()
	for _, path := range s.files(t, dir, format) {
		if _, err := client.FPutObject(t.Context(), bucket, filepath.ToSlash(path), filepath.Join(dir, path), minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	ending := map[string]string{"parquet": "parquet", "json": "jsonl.gz"}[format]
	return placed{
		source: fmt.Sprintf("{kind: s3, bucket: %s, url_file: %q}", bucket, urlFile(t, address)),
		relation: func(time string) string {
			if time == s.time {
				return fmt.Sprintf("files: [\"by/{yyyy}/{mm}/*.%s\"]", ending)
			}
			return fmt.Sprintf("files: [\"all/*.%s\"]", ending)
		},
		holds: func(t *testing.T) []string { t.Helper(); return objectsOf(t, client, bucket) },
	}
}

// objectsOf lists the objects of a bucket.
func objectsOf(t *testing.T, client *minio.Client, bucket string) (out []string) {
	t.Helper()
	for o := range client.ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		out = append(out, fmt.Sprintf("%s %d %s", o.Key, o.Size, o.ETag))
	}
	return out
}
