package stores

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// linksCatalog is posts in a file, whose attachments are in a bucket. Some of the keys are not theirs to hand out.
const linksCatalog = `
version: 1
sources:
  local: {kind: duckdb}
  media: {kind: s3, bucket: %s, url_file: %q}
datasets:
  files:
    source: local
    files: files.json
    tenant: {parameter: company_id, field: company}
    dimensions:
      n: {type: int}
      file: {field: media_key, link: {source: media, prefix: "attachments/{tenant}/", valid: 1h}}
      brief: {field: media_key, link: {source: media, prefix: "attachments/{tenant}/", valid: 1s}}
    measures: {files: {agg: count}}
pages:
  LinksPage:
    dataset: files
    widgets:
      feed: {kind: feed, dimensions: [n, file], sort: [n]}
      brief: {kind: feed, dimensions: [n, brief], sort: [n]}
      table: {kind: table, dimensions: [n, file], measures: [files], sort: [n]}
`

// Keys of objects that rows hold become URLs which download them for a while, and only those of the asking tenant.
func TestKeysInRowsBecomeLinks(t *testing.T) {
	t.Parallel()
	foreign := []string{
		"attachments/8/their.txt", "attachments/70/their.txt", "attachments/7", "attachments/7/", "attachments/7/../8/their.txt", "attachments/7/./a.txt", "/attachments/7/a.txt",
		"attachments//7/a.txt", "attachments/7//a.txt", "Attachments/7/a.txt", "secret.txt", "../secret.txt", "attachments/{tenant}/a.txt", "attachments/*/a.txt", "http://example.org/a",
		"attachments/7/a\x00b", "attachments/7/a\nb", `attachments/7/..\8\their.txt`, "attachments/7/" + strings.Repeat("x", 2000), " attachments/7/a.txt", "attachments/7/..",
	}
	own := []string{"attachments/7/a.txt", "attachments/7/deep/er/ü & 100%2e%2e?x=1#y+ 😀.txt"}
	for name, address := range map[string]string{"minio": testenv.MinIO(t), "versitygw": testenv.SecondS3(t)} {
		root := t.TempDir()
		var rows bytes.Buffer
		for i, key := range append(append(bytesOf(own), bytesOf(foreign)...), nil) {
			if err := json.NewEncoder(&rows).Encode(map[string]any{"n": i, "company": "7", "media_key": key}); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintln(&rows, `{"n": 0, "company": "../8", "media_key": "attachments/../8/a.txt"}`)
		if err := os.WriteFile(filepath.Join(root, "files.json"), rows.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		bucket := linkBucket(t, address, append(own, "attachments/8/their.txt", "secret.txt"))
		pages := over(t, root, fmt.Sprintf(linksCatalog, bucket, urlFile(t, address)))
		got := answers(t, pages, "LinksPage", &models.Request{CompanyID: "7"})
		for _, widget := range []string{"feed", "table"} {
			columns := column(t, got[widget], "n", "file", "file_url")
			for i := range columns[0] {
				link, signed := columns[2][i].(string)
				if i >= len(own) {
					if signed || columns[1][i] != nil {
						t.Errorf("%s, %s: row %d is handed out as %v, %v", name, widget, i, columns[1][i], link)
					}
					continue
				}
				if body, status := fetched(t, link); body != "content of "+own[i] || status != http.StatusOK {
					t.Errorf("%s, %s: %s gives %d %q", name, widget, link, status, body)
				}
				if columns[1][i] != filepath.Base(own[i]) || strings.Contains(link, "dispatcher-test") {
					t.Errorf("%s, %s: %v is shown for %s", name, widget, columns[1][i], link)
				}
			}
			if said := text(got[widget]); !strings.Contains(said, "link_refused") || !strings.Contains(said, fmt.Sprint(len(foreign))+" of the keys") {
				t.Errorf("%s, %s: no notice of the %d refused keys", name, widget, len(foreign))
			}
		}
		expires(t, column(t, got["brief"], "brief_url")[0][0])
		// A tenant whose name would lead elsewhere has no objects.
		if odd := answers(t, pages, "LinksPage", &models.Request{CompanyID: "70"}); strings.Contains(text(odd), "X-Amz-Signature") {
			t.Errorf("%s: another tenant's links: %s", name, text(odd))
		}
	}
}

func bytesOf(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func linkBucket(t *testing.T, address string, keys []string) string {
	t.Helper()
	bucket := testenv.Name("links-")
	s3 := client.Bucket(t, address, bucket)
	for _, key := range keys {
		content := "content of " + key
		if _, err := s3.PutObject(t.Context(), bucket, key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{}); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
	return bucket
}

// fetched reads a URL as a browser would.
func fetched(t *testing.T, link string) (body string, status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	all, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return string(all), res.StatusCode
}

// expires waits until a URL is refused, as it must be a second after it was made.
func expires(t *testing.T, link any) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, status := fetched(t, fmt.Sprint(link)); status == http.StatusForbidden {
			return
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the link never expires")
		}
	}
}
