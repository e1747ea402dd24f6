package stores

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// asObjects puts the rows into a bucket: an object a month, and one of all for datasets whose time is another column.
func asObjects(t *testing.T, address, format string, s *set) placed {
	t.Helper()
	bucket := testenv.Name("same-")
	s3 := client.Bucket(t, address, bucket)
	dir := t.TempDir()
	for _, path := range s.files(t, dir, format) {
		if _, err := s3.FPutObject(t.Context(), bucket, filepath.ToSlash(path), filepath.Join(dir, path), minio.PutObjectOptions{}); err != nil {
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
		holds: func(t *testing.T) []string { t.Helper(); return objectsOf(t, s3, bucket) },
	}
}

// objectsOf lists the objects of a bucket.
func objectsOf(t *testing.T, s3 *minio.Client, bucket string) (out []string) {
	t.Helper()
	for o := range s3.ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		out = append(out, fmt.Sprintf("%s %d %s", o.Key, o.Size, o.ETag))
	}
	return out
}
