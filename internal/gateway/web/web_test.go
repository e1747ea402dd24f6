package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func site(t *testing.T) *Site {
	t.Helper()
	s, err := read(fstest.MapFS{
		".placeholder":        {Data: []byte("-")},
		"index.html":          {Data: []byte("<p>page</p>")},
		"index.html.gz":       {Data: []byte("packed page")},
		"operators.html":      {Data: []byte("<p>operators</p>")},
		"assets/a-1.js":       {Data: []byte("let a = 1")},
		"assets/a-1.js.br":    {Data: []byte("brotli")},
		"assets/a-1.js.gz":    {Data: []byte("gzip")},
		"assets/map-2.json":   {Data: []byte("{}")},
		"assets/odd-3.weird":  {Data: []byte("?")},
		"elsewhere/secret.js": {Data: []byte("no")},
	}, Dashboard)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(handler http.HandlerFunc, method, target string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, http.NoBody)
	r.Header = header
	w := httptest.NewRecorder()
	handler(w, r)
	return w
}

func TestPage(t *testing.T) {
	t.Parallel()
	w := ask(site(t).Page, http.MethodGet, "/d/Some", http.Header{})
	if w.Code != http.StatusOK || w.Body.String() != "<p>page</p>" || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %q %q", w.Code, w.Body, w.Header())
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", w.Header())
	}
	csp := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("no %q in %q", part, csp)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("the policy allows what is unsafe: %q", csp)
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	s := site(t)
	for _, c := range []struct{ accept, encoding, body string }{
		{"", "", "let a = 1"},
		{"gzip, deflate, br, zstd", "br", "brotli"},
		{"gzip", "gzip", "gzip"},
		{"br;q=0, gzip;q=0.5", "gzip", "gzip"},
		{"GZIP", "gzip", "gzip"},
		{"br;q=oddly", "", "let a = 1"},
		{"identity", "", "let a = 1"},
	} {
		w := ask(s.Asset, http.MethodGet, "/assets/a-1.js", http.Header{"Accept-Encoding": {c.accept}})
		if w.Header().Get("Content-Encoding") != c.encoding || w.Body.String() != c.body {
			t.Errorf("%q: got %q %q", c.accept, w.Header().Get("Content-Encoding"), w.Body)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%q: headers %v", c.accept, w.Header())
		}
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	s := site(t)
	plain := ask(s.Asset, http.MethodGet, "/assets/a-1.js", http.Header{}).Header().Get("ETag")
	packed := ask(s.Asset, http.MethodGet, "/assets/a-1.js", http.Header{"Accept-Encoding": {"br"}}).Header().Get("ETag")
	if plain == "" || plain == packed {
		t.Fatalf("each form has a tag of its own: %q, %q", plain, packed)
	}
	w := ask(s.Asset, http.MethodGet, "/assets/a-1.js", http.Header{"If-None-Match": {plain}})
	if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("got %d, %d bytes", w.Code, w.Body.Len())
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	w := ask(site(t).Asset, http.MethodHead, "/assets/a-1.js", http.Header{"Accept-Encoding": {"br"}})
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "6" {
		t.Errorf("got %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
}

func TestOnlyAssets(t *testing.T) {
	t.Parallel()
	s := site(t)
	for target, status := range map[string]int{
		"/assets/map-2.json":             200,
		"/assets/odd-3.weird":            200,
		"/assets/none.js":                404,
		"/assets/":                       404,
		"/assets/a-1.js.br":              404,
		"/assets/../index.html":          404,
		"/assets/../elsewhere/secret.js": 404,
		"/operators.html":                404,
		"/.placeholder":                  404,
	} {
		if w := ask(s.Asset, http.MethodGet, target, http.Header{}); w.Code != status {
			t.Errorf("%s: %d, not %d", target, w.Code, status)
		}
	}
}

func TestUnbuilt(t *testing.T) {
	t.Parallel()
	s, err := read(fstest.MapFS{".placeholder": {Data: []byte("-")}}, Dashboard)
	if err != nil {
		t.Fatal(err)
	}
	w := ask(s.Page, http.MethodGet, "/", http.Header{})
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make web") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

// Whatever was built into this binary, or not, can be read.
func TestBuild(t *testing.T) {
	t.Parallel()
	for _, page := range []string{Dashboard, Operators} {
		if _, err := New(page); err != nil {
			t.Error(err)
		}
	}
}
