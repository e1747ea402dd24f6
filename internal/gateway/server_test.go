package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// start runs a server on a free port, and stops it and checks Run's result at the end of the test.
func start(t *testing.T, opts Options) *Server {
	t.Helper()
	opts.Addr = "127.0.0.1:0"
	s := New(opts)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(t.Context()) }()
	select {
	case <-s.Listening():
	case err := <-ended:
		t.Fatalf("the server ended: %v", err)
	}
	t.Cleanup(func() {
		s.Stop()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
	return s
}

func ask(t *testing.T, s *Server, method, path string) (status int, header http.Header, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") })
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.PathValue("what")+" "+r.Header.Get("Who"))
	})
	door := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { r.Header.Set("Who", "me"); h.ServeHTTP(w, r) })
	}
	around := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Around", "yes"); h.ServeHTTP(w, r) })
	}
	s := start(t, Options{Metrics: metrics, Around: around, Door: door, Routes: []Route{
		{Pattern: "GET /v1/{what}", Handler: echo}, {Pattern: "DELETE /v1/{what}", Handler: echo}, {Pattern: "GET /open/{what}", Handler: echo, Open: true},
	}})
	for _, tc := range []struct {
		method, path string
		status       int
		contentType  string
		body         string
	}{
		{"GET", "/health", 200, "application/json", `{"status":"ok"}`},
		{"HEAD", "/health", 200, "application/json", ``},
		{"GET", "/ready", 200, "application/json", `{"ready":true}`},
		{"GET", "/metrics", 200, "text/plain; charset=utf-8", `metrics`},
		{"POST", "/health", 405, "application/problem+json", `{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"this address takes other methods: GET, HEAD","code":"method_not_allowed"}`},
		{"DELETE", "/v1/a", 200, "text/plain; charset=utf-8", `a me`},
		{"GET", "/open/a", 200, "text/plain; charset=utf-8", `a `},
		{"GET", "/v1/a%2Fb", 200, "text/plain; charset=utf-8", `a/b me`},
		{"PUT", "/v1/a", 405, "application/problem+json", `{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"this address takes other methods: GET, HEAD, DELETE","code":"method_not_allowed"}`},
		{"GET", "/nothing", 404, "application/problem+json", `{"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing at this address","code":"not_found"}`},
		{"GET", "/health/more", 404, "application/problem+json", `{"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing at this address","code":"not_found"}`},
	} {
		t.Run(tc.method+tc.path, func(t *testing.T) {
			t.Parallel()
			status, header, body := ask(t, s, tc.method, tc.path)
			if status != tc.status || header.Get("Content-Type") != tc.contentType || body != tc.body {
				t.Errorf("got %d %s %s", status, header.Get("Content-Type"), body)
			}
			if header.Get("Around") != "yes" {
				t.Error("it was answered without what goes around everything")
			}
			if tc.status == 405 && !strings.HasPrefix(header.Get("Allow"), "GET, HEAD") {
				t.Errorf("Allow is %q", header.Get("Allow"))
			}
		})
	}
}

func TestReadyNamesWhatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Checks: []Check{
			{Name: "redis", Run: func(context.Context) error { return errors.New("dial tcp 10.1.2.3:6379: WRONGPASS hunter2") }},
			{Name: "group", Run: func(context.Context) error { return nil }},
		}})
		w := httptest.NewRecorder()
		s.routes().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ready", nil))
		if want := `{"ready":false,"failing":[{"name":"redis","error":"wrong password"}]}`; w.Code != http.StatusServiceUnavailable || w.Body.String() != want {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	first := start(t, Options{})
	err := New(Options{Addr: first.Addr()}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the port is in use by another process") {
		t.Errorf("error is %v", err)
	}
}

func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	s := New(Options{Addr: "127.0.0.1:0"})
	s.Stop()
	if err := s.Run(t.Context()); err != nil || s.Addr() != "" {
		t.Errorf("Run returned %v, address %q", err, s.Addr())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Options{Addr: "127.0.0.1:0"}).Run(ctx); err != nil {
		t.Errorf("Run with an ended context returned %v", err)
	}
}

func TestStopTwice(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	s.Stop()
	s.Stop()
	if err := s.Run(t.Context()); !errors.Is(err, ErrRunning) {
		t.Errorf("a second Run returned %v", err)
	}
}

func TestContextEndsRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := New(Options{Addr: "127.0.0.1:0"})
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	<-s.Listening()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestStopLetsAnAnswerFinish(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	s := start(t, Options{Grace: time.Hour, Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-release
		_, _ = io.WriteString(w, "whole")
	})})
	go func() { <-asked; s.Stop(); close(release) }()
	if _, _, body := ask(t, s, "GET", "/metrics"); body != "whole" {
		t.Errorf("body is %q", body)
	}
}

func TestHTTP2WithoutTLS(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: only}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Get("http://" + s.Addr() + "/health")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
		t.Errorf("got %d over %s", res.StatusCode, res.Proto)
	}
}

func TestAStopEndsStreamsAtOnce(t *testing.T) {
	t.Parallel()
	asked, stop := make(chan struct{}), make(chan struct{})
	s := start(t, Options{Grace: time.Hour, OnStop: func() { close(stop) }, Routes: []Route{{Pattern: "GET /stream", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-stop
		_, _ = io.WriteString(w, "over")
	})}}})
	go func() { <-asked; s.Stop() }()
	if _, _, body := ask(t, s, "GET", "/stream"); body != "over" {
		t.Errorf("body is %q", body)
	}
}
