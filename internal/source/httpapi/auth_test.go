package httpapi_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// guarded answers only requests that prove who asks.
func guarded(proves func(*http.Request) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !proves(r) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		jsonOf(twoRows)(w, r)
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	header := func(name, value string) func(*http.Request) bool {
		return func(r *http.Request) bool { return r.Header.Get(name) == value }
	}
	const basic = "Basic dXNlcjpwYXNzIHdpdGg6IGNvbG9u"
	for name, test := range map[string]struct {
		good, bad httpapi.Auth
		user      string
		proves    func(*http.Request) bool
	}{
		"bearer":        {&httpapi.Bearer{Token: httpapi.Text("t0ken")}, &httpapi.Bearer{Token: httpapi.Text("other")}, "", header("Authorization", "Bearer t0ken")},
		"basic":         {&httpapi.Basic{User: httpapi.Text("user"), Password: httpapi.Text("pass with: colon")}, nil, "", header("Authorization", basic)},
		"basic by URL":  {nil, nil, "user:pass%20with%3A%20colon@", header("Authorization", basic)},
		"key in header": {&httpapi.APIKey{Header: "X-Api-Key", Value: httpapi.Text("k=&y")}, &httpapi.APIKey{Header: "X-Key", Value: httpapi.Text("k=&y")}, "", header("X-Api-Key", "k=&y")},
		"key in query": {&httpapi.APIKey{Query: "key", Value: httpapi.Text("k=&y")}, nil, "", func(r *http.Request) bool {
			return len(r.URL.Query()["key"]) == 1 && r.URL.Query().Get("key") == "k=&y" && r.URL.Query().Get("a") == "1"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, guarded(test.proves))
			call := get(t)
			call.Query = []query.CallField{{Name: "a", Value: template(t, "1")}}
			wantRows(t, opened(t, strings.Replace(url, "//", "//"+test.user, 1), httpapi.Config{Auth: test.good}), call, 2, 3)
			if _, _, err := ask(t.Context(), opened(t, url, httpapi.Config{Auth: test.bad}), counting(call)); fault.ReasonOf(err) != "source_denied" {
				t.Errorf("without the right credentials: %v", err)
			}
		})
	}
}

// What is not there fails its widgets, not the process: by name for the operator, without it for the requester.
func TestNotConfigured(t *testing.T) {
	t.Parallel()
	missing := httpapi.Secret(func() (string, error) { return "", errors.New("the variable SCORES is not set") })
	url := httpapi.Text(serve(t, jsonOf(twoRows)))
	for name, cfg := range map[string]httpapi.Config{
		"URL":   {URL: missing},
		"token": {URL: url, Auth: &httpapi.Bearer{Token: missing}, AllowPrivate: true},
		"user":  {URL: url, Auth: &httpapi.Basic{User: missing}, AllowPrivate: true},
		"key":   {URL: url, Auth: &httpapi.APIKey{Header: "X-Key", Value: missing}, AllowPrivate: true},
		"id":    {URL: url, Auth: &httpapi.OAuth2{TokenURL: url, ID: missing}, AllowPrivate: true},
	} {
		s := openedAs(t, cfg)
		_, _, err := ask(t.Context(), s, counting(get(t)))
		if fault.ReasonOf(err) != "source_not_configured" || fault.ClassOf(err) != fault.Permanent ||
			!strings.Contains(err.Error(), "SCORES") || strings.Contains(fault.SafeText(err), "SCORES") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Explain(t.Context(), counting(get(t))); err != nil {
			t.Errorf("%s: explain: %v", name, err)
		}
	}
	if err := openedAs(t, httpapi.Config{URL: missing}).Ping(t.Context()); fault.ReasonOf(err) != "source_not_configured" {
		t.Errorf("ping: %v", err)
	}
}

func TestBadURLs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "example.com", "ftp://example.com", "http://", "http:example.com", "https://a b/", "http://example.com/#x", "file:///etc/passwd", "http://%zz/", "http://[::1"} {
		s := openedAs(t, httpapi.Config{URL: httpapi.Text(url)})
		if _, _, err := ask(t.Context(), s, counting(get(t))); fault.ReasonOf(err) != "source_config" {
			t.Errorf("%q: %v", url, err)
		}
	}
	for name, cfg := range map[string]httpapi.Config{
		"two users":   {URL: httpapi.Text("https://user:secret@example.com"), Auth: &httpapi.Bearer{Token: httpapi.Text("t")}},
		"in the open": {URL: httpapi.Text("http://example.com"), Auth: &httpapi.Bearer{Token: httpapi.Text("t")}},
	} {
		if _, _, err := ask(t.Context(), openedAs(t, cfg), counting(get(t))); fault.ReasonOf(err) != "source_config" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file's secret may be replaced while the process runs.
func TestRotatedSecret(t *testing.T) {
	t.Parallel()
	var now atomic.Value
	now.Store("one")
	url := serve(t, guarded(func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+now.Load().(string) }))
	s := opened(t, url, httpapi.Config{Reuse: time.Nanosecond, Auth: &httpapi.Bearer{Token: func() (string, error) { return now.Load().(string), nil }}})
	wantRows(t, s, get(t), 2, 3)
	now.Store("two")
	wantRows(t, s, get(t), 2, 3)
}

// issuer is a server of tokens: it checks who asks, and counts.
type issuer struct {
	mu      sync.Mutex
	issued  int
	expires int // seconds; 0 is none
	valid   string
	inBody  bool
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id, secret, ok := r.BasicAuth()
	if i.inBody {
		id, secret, ok = r.FormValue("client_id"), r.FormValue("client_secret"), true
	}
	if !ok || id != "id" || secret != "s3cret" || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "read list" {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"error": "invalid_client", "error_description": "not %s"}`, secret)
		return
	}
	i.issued++
	i.valid = fmt.Sprintf("token-%d", i.issued)
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"access_token": %q, "token_type": "bearer", "expires_in": %d}`, i.valid, i.expires)
}

func (i *issuer) proves(r *http.Request) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.valid != "" && r.Header.Get("Authorization") == "Bearer "+i.valid
}

func (i *issuer) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.issued
}

func oauth(url, secret string) *httpapi.OAuth2 {
	return &httpapi.OAuth2{TokenURL: httpapi.Text(url), ID: httpapi.Text("id"), Secret: httpapi.Text(secret), Scopes: []string{"read", "list"}}
}

// A token is asked for once, however many requests need it at the same time; again when it is withdrawn or about to end.
func TestOAuth2(t *testing.T) {
	t.Parallel()
	tokens := &issuer{expires: 3600}
	auth := oauth(serve(t, tokens.ServeHTTP), "s3cret")
	s := opened(t, serve(t, guarded(tokens.proves)), httpapi.Config{Auth: auth, Connections: 8})
	ask8 := func() {
		var asking sync.WaitGroup
		for i := range 8 {
			asking.Go(func() {
				call := get(t)
				call.Query = []query.CallField{{Name: "i", Value: template(t, fmt.Sprint(i, time.Now().UnixNano()))}}
				wantRows(t, s, call, 2, 3)
			})
		}
		asking.Wait()
	}
	ask8()
	if n := tokens.count(); n != 1 {
		t.Errorf("%d tokens for eight requests", n)
	}
	tokens.mu.Lock()
	tokens.valid = "withdrawn"
	tokens.mu.Unlock()
	ask8()
	if n := tokens.count(); n != 2 {
		t.Errorf("%d tokens after one was withdrawn", n)
	}
}

func TestOAuth2Ends(t *testing.T) {
	t.Parallel()
	tokens := &issuer{expires: 5, inBody: true} // within the margin in which a token counts as ended
	auth := oauth(serve(t, tokens.ServeHTTP), "s3cret")
	auth.InBody = true
	s := opened(t, serve(t, guarded(tokens.proves)), httpapi.Config{Auth: auth})
	for i := range 2 {
		call := get(t)
		call.Query = []query.CallField{{Name: "i", Value: template(t, fmt.Sprint(i))}}
		wantRows(t, s, call, 2, 3)
	}
	if n := tokens.count(); n < 2 {
		t.Errorf("%d tokens for two requests, each past the end of a token", n)
	}
}

func TestOAuth2Fails(t *testing.T) {
	t.Parallel()
	tokens := &issuer{}
	refused := serve(t, tokens.ServeHTTP)
	for name, test := range map[string]struct {
		auth   *httpapi.OAuth2
		reason string
	}{
		"wrong secret":     {oauth(refused, "wr0ng-s3cret"), "source_denied"},
		"away":             {oauth(serve(t, status(503)), "wr0ng-s3cret"), "source_unavailable"},
		"throttled":        {oauth(serve(t, status(429)), "wr0ng-s3cret"), "source_throttled"},
		"no JSON":          {oauth(serve(t, text("text/plain", "wr0ng-s3cret")), "wr0ng-s3cret"), "source_answer"},
		"no token":         {oauth(serve(t, jsonOf(`{"x": "wr0ng-s3cret"}`)), "wr0ng-s3cret"), "source_answer"},
		"header in token":  {oauth(serve(t, jsonOf(`{"access_token": "a\r\nX: b"}`)), "wr0ng-s3cret"), "source_answer"},
		"no URL":           {oauth("not a URL", "wr0ng-s3cret"), "source_config"},
		"redirect":         {oauth(serve(t, status(307, "Location", "http://127.0.0.1:1/")), "wr0ng-s3cret"), "source_redirect"},
		"secret with line": {oauth(refused, "a\nb"), "source_not_configured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t, serve(t, guarded(tokens.proves)), httpapi.Config{Auth: test.auth})
			_, _, err := ask(t.Context(), s, counting(get(t)))
			if fault.ReasonOf(err) != test.reason || strings.Contains(fmt.Sprint(err), "s3cret") {
				t.Errorf("%v, want %s", err, test.reason)
			}
		})
	}
}

// TLS proves the server by the system's authorities, or by those of a file.
func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(jsonOf(twoRows))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	ca, none := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "none.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for path, content := range map[string][]byte{ca: block, none: []byte("no certificate")} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := opened(t, server.URL, httpapi.Config{CAFile: ca})
	wantRows(t, s, get(t), 2, 3)
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	stranger := opened(t, server.URL, httpapi.Config{})
	if _, _, err := ask(t.Context(), stranger, counting(get(t))); fault.ReasonOf(err) != "source_config" || fault.ClassOf(err) != fault.Permanent {
		t.Errorf("an authority that nobody knows: %v", err)
	}
	if err := stranger.Ping(t.Context()); fault.ReasonOf(err) != "source_config" {
		t.Errorf("ping: %v", err)
	}
	old := httptest.NewUnstartedServer(jsonOf(twoRows))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.StartTLS()
	t.Cleanup(old.Close)
	if _, _, err := ask(t.Context(), opened(t, old.URL, httpapi.Config{CAFile: ca}), counting(get(t))); err == nil {
		t.Error("TLS 1.1 was good enough")
	}
	for _, path := range []string{none, filepath.Join(dir, "absent.pem")} {
		if _, err := httpapi.Open(httpapi.Config{URL: httpapi.Text(server.URL), CAFile: path}); fault.ReasonOf(err) != "source_config" {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}
