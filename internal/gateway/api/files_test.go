package api_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
)

// TestFiles: each tenant gets its own, and nobody what is no file of the folder.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("in/reports/1/2026-01-31/x.pdf", "%PDF-1.7")
	put("in/reports/1/2026-01-31/x.html", "<script>1</script>")
	put("in/reports/1/2026-01-31/.part-1", "half")
	put("out.txt", "outside")
	if err := os.Symlink(filepath.Join(dir, "out.txt"), filepath.Join(dir, "in/reports/1/2026-01-31/link.pdf")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	s := newSite(t, func(o *api.Options) { o.Files = root })
	const at = "/v1/files/reports/1/2026-01-31/"
	for _, who := range []string{"one", "trusted"} {
		if got := s.call(who, "GET", at+"x.pdf", ""); got.status != 200 || got.body != "%PDF-1.7" || got.header.Get("Content-Type") != "application/pdf" || got.header.Get("Content-Disposition") != "" || !strings.HasPrefix(got.header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %+v", who, got)
		}
	}
	if got := s.call("one", "GET", at+"x.html", ""); got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a page: %+v", got)
	}
	for who, path := range map[string]string{
		"two": at + "x.pdf", "": at + "x.pdf", "one": at + ".part-1",
	} {
		if got := s.call(who, "GET", path, ""); got.status != 404 {
			t.Errorf("%q gets %s: %+v", who, path, got)
		}
	}
	for _, path := range []string{at + "y.pdf", at + "..%2Fx.pdf", at + "%2e%2e", "/v1/files/reports/1/..%2f..%2f..%2fout.txt/x", "/v1/files/reports/1/2026-01-31/..%2f2026-01-31%2fx.pdf"} {
		if got := s.call("trusted", "GET", path, ""); got.status != 404 {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if got := s.call("trusted", "GET", at+"link.pdf", ""); got.status == 200 {
		t.Errorf("a link leads out: %+v", got)
	}
	if got := newSite(t).call("trusted", "GET", at+"x.pdf", ""); got.status != 404 {
		t.Errorf("without a folder: %+v", got)
	}
}
