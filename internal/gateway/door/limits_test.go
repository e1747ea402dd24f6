package door

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Limits{AddressRate: 2, TenantRate: 5})
		try := func(addr string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			l.address(w, netip.MustParseAddr(addr))
			return w
		}
		for i := range 4 { // twice the rate at once
			if w := try("192.0.2.1"); w.Code != http.StatusOK || w.Header().Get("RateLimit-Policy") != `"address";q=2;w=1` {
				t.Errorf("request %d: %d %v", i, w.Code, w.Header())
			}
		}
		w := try("192.0.2.1")
		wantProblem(t, w, http.StatusTooManyRequests, "rate_limited")
		if w.Header().Get("Retry-After") != "1" || w.Header().Get("RateLimit") != `"address";r=0;t=1` {
			t.Errorf("headers are %v", w.Header())
		}
		if w := try("192.0.2.2"); w.Code != http.StatusOK {
			t.Error("another address is limited too")
		}
		for range 4 {
			try("2001:db8::1")
		}
		wantProblem(t, try("2001:db8::ffff:1"), http.StatusTooManyRequests, "rate_limited") // the same /64
		if w := try("2001:db8:0:1::1"); w.Code != http.StatusOK {
			t.Error("another network is limited too")
		}
		time.Sleep(time.Second)
		if w := try("192.0.2.1"); w.Code != http.StatusOK {
			t.Error("a second later it is limited")
		}
	})
}

func TestRatesAreRememberedForSoMany(t *testing.T) {
	t.Parallel()
	b := newBuckets(1, 3)
	now := time.Now()
	for _, step := range []struct {
		key string
		ok  bool
	}{{"a", true}, {"a", true}, {"a", false}, {"b", true}, {"c", true}, {"a", false}, {"d", true}, {"a", false}, {"b", true}, {"d", true}, {"d", false}} {
		if _, ok := b.take(step.key, now); ok != step.ok {
			t.Errorf("%s: got %v", step.key, ok)
		}
		if len(b.known) > 3 || len(b.known) != b.recent.Len() {
			t.Errorf("%d are known", len(b.known))
		}
	}
}

func TestGuardLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, withSecret(Options{Limits: Limits{AddressRate: 4, TenantRate: 1}}))
		token := "Bearer " + hs(t, nil)
		get := func(addr, token string) *httptest.ResponseRecorder {
			return ask(d, from(request(t, "GET", "/v1/it", "Authorization", token), addr))
		}
		for range 8 { // nobody knows who that is: its address counts
			wantProblem(t, get("192.0.2.9", "Bearer x"), http.StatusUnauthorized, "token_invalid")
		}
		wantProblem(t, get("192.0.2.9", "Bearer x"), http.StatusTooManyRequests, "rate_limited")
		get("192.0.2.1", token)
		get("192.0.2.2", token)
		wantProblem(t, get("192.0.2.3", token), http.StatusTooManyRequests, "rate_limited") // the tenant's, from anywhere
		if w := get("192.0.2.3", "Bearer "+hs(t, map[string]any{"tenant": "another"})); w.Code != http.StatusOK {
			t.Errorf("another tenant: %d %s", w.Code, w.Body)
		}
		own := newDoor(t, Options{Limits: Limits{AddressRate: 1, TenantRate: 1}})
		for range 10 {
			r := from(request(t, "GET", "/v1/it"), "127.0.0.1")
			r.Host = "localhost"
			wantCaller(t, ask(own, r))
		}
	})
}

func TestStreamsAreCounted(t *testing.T) {
	t.Parallel()
	d := newDoor(t, withSecret(Options{Limits: Limits{AddressStreams: 2, TenantStreams: 3}}))
	open, end := make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("GET /v1/streams/{key}/events", d.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { open <- struct{}{}; <-end })))
	mux.Handle("GET /v1/it", d.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	ended := make(chan struct{})
	get := func(path, addr, tenant string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, from(request(t, "GET", path, "Authorization", "Bearer "+hs(t, map[string]any{"tenant": tenant})), addr))
		return w
	}
	stream := func(addr, tenant string) {
		go func() { get("/v1/streams/a/events", addr, tenant); ended <- struct{}{} }()
		<-open
	}
	stream("192.0.2.1", "a")
	stream("192.0.2.1", "a")
	wantProblem(t, get("/v1/streams/a/events", "192.0.2.1", "b"), http.StatusTooManyRequests, "too_many_streams")
	if w := get("/v1/it", "192.0.2.1", "a"); w.Code != http.StatusOK {
		t.Errorf("what is no stream is counted: %d", w.Code)
	}
	stream("192.0.2.2", "a")
	w := get("/v1/streams/a/events", "192.0.2.3", "a")
	wantProblem(t, w, http.StatusTooManyRequests, "too_many_streams")
	if w.Header().Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	end <- struct{}{}
	<-ended
	stream("192.0.2.3", "a")
	for range 3 {
		end <- struct{}{}
		<-ended
	}
	if len(d.limits.streams.open) != 0 {
		t.Errorf("counted are %v", d.limits.streams.open)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	d := newDoor(t, withSecret(Options{Limits: Limits{Body: 10}}))
	var read error
	h := d.Guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, read = io.ReadAll(r.Body) }))
	post := func(text string, known bool) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(text))
		r.Header.Set("Authorization", "Bearer "+hs(t, nil))
		if !known {
			r.ContentLength = -1
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	wantProblem(t, post("eleven byte", true), http.StatusRequestEntityTooLarge, "body_too_large")
	if post("ten bytes.", true); read != nil {
		t.Errorf("ten bytes: %v", read)
	}
	if post("eleven byte", false); read == nil {
		t.Error("a body of no said length is read whole")
	}
}
