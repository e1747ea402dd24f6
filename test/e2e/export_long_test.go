package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// longRows are the rows of an export that takes several seconds: each slice of it makes them all anew. endlessRows take minutes.
const (
	longRows    = 300_000
	endlessRows = 2_000_000
)

// longExports is a site whose exports take long, and go to a folder.
func longExports(t *testing.T, rows int, more ...string) (s *site, files string) {
	t.Helper()
	files = t.TempDir()
	return longSite(t, rows, append(more, "APP_DISPATCHER_FILES="+files)...), files
}

// longSite is a site whose page has many rows.
func longSite(t *testing.T, rows int, more ...string) *site {
	t.Helper()
	return newSite(t, append(more, longCatalog(t, rows))...)
}

// longCatalog is the setting that gives a consumer a page of many rows, which are made anew for each slice of them.
func longCatalog(t *testing.T, rows int) string {
	t.Helper()
	catalog := t.TempDir()
	content := fmt.Sprintf(`version: 1
sources: {s: {kind: duckdb}}
datasets:
  posts:
    source: s
    native: "SELECT TIMESTAMP '2025-01-01' + to_seconds(i) AS at, i AS n, md5(i::VARCHAR) AS text FROM range(%d) AS r(i)"
    time: {field: at, storage: timestamp}
    tenant: none
    limits: {rows: 2000}
    dimensions: {at: {field: at, type: time}, n: {field: n, type: int}, text: {field: text}}
pages: {Long: {widgets: {all: {kind: feed, dataset: posts, dimensions: [at, n, text]}}}}
`, rows)
	if err := os.WriteFile(filepath.Join(catalog, "c.yaml"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return "APP_DISPATCHER_CATALOG=" + catalog
}

// export asks for one, with a timestamp that is ahead: it does not grow stale while a consumer starts, so that the work on it is all that has a limit.
func (s *site) export(format string) {
	s.t.Helper()
	s.send(fmt.Sprintf(`{"eventName":"calc_export","eventData":{"routing_key":"r","company_id":"1","page_name":"Long","start_date":"2025-01-01","end_date":"2025-01-31","export_format":%q,"request_timestamp":%d}}`,
		format, time.Now().Add(time.Hour).Unix()))
}

// filesBelow lists files by their names, those in the making too.
func filesBelow(t *testing.T, dir string) (whole, parts []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
			return err
		case strings.HasPrefix(d.Name(), ".part-"):
			parts = append(parts, path)
		default:
			whole = append(whole, path)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return whole, parts
}

// exported checks that the request was answered once, by a file that has all rows.
func (s *site) exported() {
	s.t.Helper()
	messages := s.messages("r")
	if len(messages) != 2 || messages[0].event != "Long__Export" || messages[1].event != "Long__Complete" {
		s.t.Fatalf("an export is one message and the closing one, not %v", messages)
	}
	list, _ := messages[0].data["widgets"].([]any)
	if len(list) != 1 || messages[0].data["rows"] != float64(longRows) {
		s.t.Fatalf("answer: %s", messages[0].raw)
	}
	file, _ := list[0].(map[string]any)["file"].(map[string]any)
	link, _ := file["url"].(string)
	content := opened(s.t, link)
	sum := sha256.Sum256(content)
	if n := bytes.Count(content, []byte("\n")); n != longRows+1 || file["sha256"] != hex.EncodeToString(sum[:]) {
		s.t.Errorf("%d lines; the message says %v", n, file)
	}
}

// opened reads what a link opens, in a folder or in a bucket.
func opened(t *testing.T, link string) []byte {
	t.Helper()
	if path, ok := strings.CutPrefix(link, "file://"); ok {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	res, err := http.Get(link) //nolint:gosec // the link under test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v: %.300s", res.StatusCode, err, content)
	}
	return content
}

// TestExportOutlivesItsLease: while an export runs its lease is renewed, so that it stays with its worker and is made once, whoever else waits for work.
func TestExportOutlivesItsLease(t *testing.T) {
	t.Parallel()
	up := watchUploads(t)
	s := longSite(t, longRows, up.env...)
	release := up.hold()
	// The worker renews each 0.2 to 0.3 s, and its peer takes what nobody has renewed for 6 s: a stall of the worker's is shorter.
	s.start("consumer", "c1", "APP_DISPATCHER_LEASE=1000")
	s.export("csv")
	s.eventually(2*time.Minute, "a part of an upload", func() (bool, string) { return up.parts() > 0, fmt.Sprint(up.keys()) })
	s.start("consumer", "c2", "APP_DISPATCHER_LEASE=6000")
	s.ready("c2")
	const renewals = 45 // they take longer than the 6 s and the 2.2 s after which the peer has looked
	renewed, idle := 0, time.Duration(0)
	s.eventually(time.Minute, "an export that is renewed", func() (bool, string) {
		pending, err := s.rdb.XPendingExt(t.Context(), &redis.XPendingExtArgs{Stream: s.input() + ":export", Group: "go_dispatcher", Start: "-", End: "+", Count: 10}).Result()
		if err != nil {
			return false, err.Error()
		}
		if len(pending) != 1 || pending[0].Consumer != "c1" || pending[0].RetryCount != 1 {
			t.Fatalf("after %d renewals the pending exports are %v", renewed, pending)
		}
		if pending[0].Idle < idle {
			renewed++
		}
		idle = pending[0].Idle
		return renewed >= renewals, fmt.Sprint(renewed, " renewals")
	})
	release()
	s.settled(3 * time.Minute)
	s.exported()
	if whole, parts := up.left(); len(up.keys()) != 1 || len(whole) != 1 || len(parts) != 0 {
		t.Errorf("uploads begun %v; objects %v, uploads %v", up.keys(), whole, parts)
	}
}

// TestKilledExport: an export whose worker is killed is made again by another one, and answered once.
func TestKilledExport(t *testing.T) {
	t.Parallel()
	s, files := longExports(t, longRows, "APP_DISPATCHER_LEASE=1000")
	first := s.start("consumer", "c1", longCatalog(t, endlessRows)) // no kill comes after its end
	s.export("csv")
	s.eventually(time.Minute, "a file in the making", func() (bool, string) {
		_, parts := filesBelow(t, files)
		return len(parts) == 1, fmt.Sprint(parts)
	})
	first.kill()
	if n := s.rdb.XLen(t.Context(), s.output("r")).Val(); n != 0 {
		t.Fatalf("it was answered (%d messages) before the kill: nothing was tested", n)
	}
	s.start("consumer", "c2")
	s.settled(3 * time.Minute)
	s.exported()
	if whole, _ := filesBelow(t, files); len(whole) != 1 {
		t.Errorf("files %v", whole)
	}
}

// TestExportEndsWithItsRequest: an export that takes longer than its request may is given up at once, says so, and leaves no file behind.
func TestExportEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"csv", "xlsx", "parquet"} {
		s, files := longExports(t, endlessRows, "APP_GO_DISPATCHER_EVENT_TIMEOUT=2")
		s.start("consumer", "c1")
		s.export(format)
		s.settled(time.Minute)
		messages := s.messages("r")
		if len(messages) != 2 || messages[0].event != "Long__Export" || !strings.Contains(messages[0].raw, `"error"`) || !strings.Contains(messages[0].raw, "timeout") {
			t.Errorf("%s: %v", format, messages)
		}
		if whole, parts := filesBelow(t, files); len(whole)+len(parts) != 0 {
			t.Errorf("%s: files %v, parts %v", format, whole, parts)
		}
		temp := ""
		for _, v := range s.env {
			if name, value, _ := strings.Cut(v, "="); name == "TMPDIR" {
				temp = value
			}
		}
		if left, err := filepath.Glob(filepath.Join(temp, "*", "excelize-*")); err != nil || len(left) != 0 {
			t.Errorf("%s: %v is left, %v", format, left, err)
		}
	}
}
