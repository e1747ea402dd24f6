package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
)

// uploads is a bucket of MinIO's with somebody at its door: MinIO lists the uploads of a key alone, and the keys of exports are random.
type uploads struct {
	t      *testing.T
	client *minio.Client
	bucket string
	env    []string

	mu     sync.Mutex
	begun  []string      // keys in the order of their uploads
	stored int           // parts that MinIO has taken
	held   chan struct{} // closed to let MinIO's word about parts come through; nil where nothing is held
}

func watchUploads(t *testing.T) *uploads {
	t.Helper()
	u, client := minioClient(t)
	up := &uploads{t: t, client: client, bucket: fmt.Sprintf("e2e-uploads-%d", time.Now().UnixNano())}
	if err := client.MakeBucket(t.Context(), up.bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: u.Host})
	proxy.ModifyResponse = up.seen
	door := httptest.NewServer(proxy)
	t.Cleanup(func() {
		door.Close()
		ctx := context.WithoutCancel(t.Context())
		for _, key := range up.keys() {
			_ = client.RemoveIncompleteUpload(ctx, up.bucket, key)
			_ = client.RemoveObject(ctx, up.bucket, key, minio.RemoveObjectOptions{})
		}
		_ = client.RemoveBucket(ctx, up.bucket)
	})
	secret, _ := u.User.Password()
	up.env = []string{
		"APP_MINIO_ENDPOINT=" + strings.TrimPrefix(door.URL, "http://"), "APP_MINIO_ACCESS_KEY=" + u.User.Username(), "APP_MINIO_SECRET_KEY=" + secret,
		"APP_MINIO_ENGAGEMENT_BUCKET=" + up.bucket,
	}
	return up
}

// hold keeps MinIO's word about parts from whoever uploads them, until it is released or they give up: an upload is in its middle for so long.
func (up *uploads) hold() (release func()) {
	held := make(chan struct{})
	set := func(to chan struct{}) {
		up.mu.Lock()
		defer up.mu.Unlock()
		up.held = to
	}
	set(held)
	return func() { set(nil); close(held) }
}

// seen notes what MinIO has answered.
func (up *uploads) seen(res *http.Response) error {
	if held := up.note(res.Request, res.StatusCode); held != nil {
		select {
		case <-held:
		case <-res.Request.Context().Done():
		}
	}
	return nil
}

// note notes one answer, and returns what holds it.
func (up *uploads) note(req *http.Request, status int) (held <-chan struct{}) {
	up.mu.Lock()
	defer up.mu.Unlock()
	asked := req.URL.Query()
	switch {
	case status != http.StatusOK:
	case asked.Has("uploads") && req.Method == http.MethodPost:
		up.begun = append(up.begun, strings.TrimPrefix(req.URL.Path, "/"+up.bucket+"/"))
	case asked.Has("partNumber") && req.Method == http.MethodPut:
		up.stored++
		return up.held
	}
	return nil
}

// keys are those whose uploads have begun.
func (up *uploads) keys() []string {
	up.mu.Lock()
	defer up.mu.Unlock()
	return append([]string(nil), up.begun...)
}

// parts is how many of them MinIO has taken.
func (up *uploads) parts() int {
	up.mu.Lock()
	defer up.mu.Unlock()
	return up.stored
}

// left says what is in the bucket: whole objects, and uploads that are not whole.
func (up *uploads) left() (whole, parts []string) {
	up.t.Helper()
	for o := range up.client.ListObjects(up.t.Context(), up.bucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			up.t.Fatal(o.Err)
		}
		whole = append(whole, o.Key)
	}
	for _, key := range up.keys() {
		for o := range up.client.ListIncompleteUploads(up.t.Context(), up.bucket, key, true) {
			if o.Err != nil {
				up.t.Fatal(o.Err)
			}
			parts = append(parts, o.Key)
		}
	}
	return whole, parts
}

// TestKilledUpload: a worker that is killed in the middle of an upload leaves nothing that anybody sees; another one makes the export, once.
func TestKilledUpload(t *testing.T) {
	t.Parallel()
	up := watchUploads(t)
	s := longSite(t, longRows, append(up.env, "APP_DISPATCHER_LEASE=1000")...)
	release := up.hold()
	first := s.start("consumer", "c1")
	s.export("csv")
	s.eventually(2*time.Minute, "a part of an upload", func() (bool, string) { return up.parts() > 0, fmt.Sprint(up.keys()) })
	first.kill()
	whole, parts := up.left()
	if n := s.rdb.XLen(t.Context(), s.output("r")).Val(); n != 0 || len(whole) != 0 || len(parts) != 1 {
		t.Fatalf("after the kill: %d messages, objects %v, uploads %v", n, whole, parts)
	}
	release()
	s.start("consumer", "c2")
	s.settled(3 * time.Minute)
	s.exported()
	again, left := up.left()
	if len(again) != 1 || again[0] == parts[0] || len(left) != 1 || left[0] != parts[0] {
		t.Errorf("objects %v, uploads %v; the killed one was %v", again, left, parts)
	}
	// What is left of it goes when it is told to, as the bucket's rule does.
	if err := up.client.RemoveIncompleteUpload(t.Context(), up.bucket, parts[0]); err != nil {
		t.Fatal(err)
	}
	if whole, parts := up.left(); len(whole) != 1 || len(parts) != 0 {
		t.Errorf("objects %v, uploads %v", whole, parts)
	}
}

// TestUploadEndsWithItsRequest: an export whose request ends in the middle of an upload leaves neither an object nor an upload in the bucket.
func TestUploadEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	up := watchUploads(t)
	up.hold() // for good
	s := longSite(t, longRows, append(up.env, "APP_GO_DISPATCHER_EVENT_TIMEOUT=30")...)
	s.start("consumer", "c1")
	s.export("csv")
	s.settled(2 * time.Minute)
	messages := s.messages("r")
	if len(messages) != 2 || messages[0].event != "Long__Export" || !strings.Contains(messages[0].raw, `"error"`) || !strings.Contains(messages[0].raw, "timeout") {
		t.Errorf("answered by %v", messages)
	}
	if whole, parts := up.left(); len(up.keys()) != 1 || len(whole)+len(parts) != 0 {
		t.Errorf("uploads begun %v; objects %v, uploads %v", up.keys(), whole, parts)
	}
}
