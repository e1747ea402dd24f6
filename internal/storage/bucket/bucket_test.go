package bucket_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/storage"
	"github.com/go-dispatcher/dispatcher/internal/storage/bucket"
	"github.com/go-dispatcher/dispatcher/internal/storage/storagetest"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

const testBucket = "storage-suite"

func config(t *testing.T, server string) (bucket.Config, *minio.Client) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := u.User.Password()
	s3, err := client.S3(server)
	if err != nil {
		t.Fatal(err)
	}
	return bucket.Config{Endpoint: u.Host, AccessKey: u.User.Username(), SecretKey: secret, Region: "us-east-1", Bucket: testBucket, LinkFor: time.Hour}, s3
}

func TestBucket(t *testing.T) {
	t.Parallel()
	servers := map[string]func(testing.TB) string{"minio": testenv.MinIO, "versitygw": testenv.SecondS3}
	for name, server := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, client := config(t, server(t))
			empty(t, client)
			s, err := bucket.Open(cfg)
			if err != nil {
				t.Fatal(err)
			}
			storagetest.Run(t, s, get, func(t *testing.T) []string { t.Helper(); return list(t, client) })
		})
	}
}

// empty makes the bucket, without what an earlier run has left in it.
func empty(t *testing.T, client *minio.Client) {
	t.Helper()
	if ok, err := client.BucketExists(t.Context(), testBucket); err != nil {
		t.Fatal(err)
	} else if !ok {
		if err := client.MakeBucket(t.Context(), testBucket, minio.MakeBucketOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range list(t, client) {
		if err := client.RemoveIncompleteUpload(t.Context(), testBucket, key); err != nil {
			t.Fatal(err)
		}
		if err := client.RemoveObject(t.Context(), testBucket, key, minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

func list(t *testing.T, client *minio.Client) (keys []string) {
	t.Helper()
	for o := range client.ListObjects(t.Context(), testBucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		keys = append(keys, o.Key)
	}
	for u := range client.ListIncompleteUploads(t.Context(), testBucket, "suite/", true) {
		if u.Err != nil {
			t.Fatal(u.Err)
		}
		keys = append(keys, u.Key)
	}
	return keys
}

func get(t *testing.T, link string) []byte {
	t.Helper()
	res, err := http.Get(link) //nolint:gosec // the link under test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v: %s", res.StatusCode, err, body)
	}
	if got := res.Header.Get("Content-Disposition"); got != "attachment; filename=same.bin" {
		t.Errorf("Content-Disposition is %q", got)
	}
	return body
}

func TestBucketSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, testenv.MinIO(t))
	tests := map[string]struct {
		change func(*bucket.Config)
		reason string
		class  fault.Class
	}{
		"no such bucket": {func(c *bucket.Config) { c.Bucket = "storage-suite-is-not-there" }, storage.ReasonConfig, fault.Permanent},
		"wrong password": {func(c *bucket.Config) { c.SecretKey = "wrong-password" }, storage.ReasonDenied, fault.Permanent},
		"nobody listens": {func(c *bucket.Config) { c.Endpoint = "127.0.0.1:1" }, storage.ReasonUnavailable, fault.Transient},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := cfg
			test.change(&wrong)
			s, err := bucket.Open(wrong)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Put(t.Context(), storage.File{Key: "suite/same"}, strings.NewReader("x"))
			if fault.ReasonOf(err) != test.reason || fault.ClassOf(err) != test.class {
				t.Errorf("got %v", err)
			}
			if safe := fault.SafeText(err); strings.Contains(safe, "127.0.0.1") || strings.Contains(safe, wrong.SecretKey) {
				t.Errorf("the safe text says too much: %s", safe)
			}
		})
	}
	long := cfg
	long.LinkFor = 8 * 24 * time.Hour
	if _, err := bucket.Open(long); err == nil {
		t.Error("links of eight days are accepted, which no S3 server takes")
	}
}
