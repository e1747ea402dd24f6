package door

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const (
	secret  = "a-secret-of-64-bytes,-which-is-as-long-as-HS512-wants-its-secrets"
	address = "http://gateway.example"
)

// ring is a key set whose readings are counted.
type ring struct {
	reads atomic.Int32
	set   atomic.Pointer[[]byte]
}

func ringOf(t *testing.T, keys ...jose.JSONWebKey) *ring {
	t.Helper()
	r := &ring{}
	r.put(t, keys...)
	return r
}

func (r *ring) put(t *testing.T, keys ...jose.JSONWebKey) {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	r.set.Store(&text)
}

func (r *ring) read(context.Context) ([]byte, error) { r.reads.Add(1); return *r.set.Load(), nil }

func newDoor(t *testing.T, opts Options) *Door {
	t.Helper()
	if opts.Secret != nil || opts.Keys != nil {
		opts.Issuer, opts.Audience = "issuer", "dispatcher"
	}
	d, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func withSecret(opts Options) Options {
	opts.Secret = func() (string, error) { return secret, nil }
	return opts
}

// said are the claims of a good token, with some changed; nil takes one out.
func said(changes map[string]any) map[string]any {
	c := map[string]any{"iss": "issuer", "aud": []string{"x", "dispatcher"}, "sub": "ann", "tenant": 42, "exp": time.Now().Add(time.Hour).Unix(), "pages": []string{"Research*"}, "roles": []string{"operator"}}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	opts := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		opts = opts.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func hs(t *testing.T, changes map[string]any) string {
	t.Helper()
	return sign(t, jose.HS256, []byte(secret), "", said(changes))
}

// ask sends a request through the door, to a route that says who asks.
func ask(d *Door, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	mux := http.NewServeMux()
	route := d.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(caller.From(r.Context()))
	}))
	for _, pattern := range []string{"GET /v1/it", "POST /v1/it", "GET /v1/streams/{key}/events"} {
		mux.Handle(pattern, route)
	}
	mux.Handle("GET /v1/session", d.Guard(http.HandlerFunc(d.ShowSession)))
	mux.Handle("POST /v1/session", d.Guard(http.HandlerFunc(d.BeginSession)))
	mux.HandleFunc("DELETE /v1/session", d.EndSession)
	d.Around(mux).ServeHTTP(w, r)
	return w
}

func request(t *testing.T, method, path string, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, address+path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code string) (detail string) {
	t.Helper()
	var p problem.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Errorf("got %d %s, which is no problem object", w.Code, w.Body)
	}
	if w.Code != status || p.Code != code || p.Status != status || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, code)
	}
	return p.Detail
}

func wantCaller(t *testing.T, w *httptest.ResponseRecorder) caller.Caller {
	t.Helper()
	var c caller.Caller
	if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	return c
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func edKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestClaimsBecomeACaller(t *testing.T) {
	t.Parallel()
	d := newDoor(t, withSecret(Options{}))
	exp := time.Now().Add(time.Hour).Truncate(time.Second)
	token := hs(t, map[string]any{"exp": exp.Unix(), "company_schema": "s", "dbName": "d", "routing_keys": []string{"live:*"}, "jti": "t1", "iat": exp.Add(-time.Hour).Unix()})
	got := wantCaller(t, ask(d, request(t, "GET", "/v1/it", "Authorization", "bearer "+token)))
	want := caller.Caller{Subject: "ann", Tenant: "42", Schema: "s", Database: "d", Pages: []string{"Research*"}, RoutingKeys: []string{"live:*"}, Roles: []string{"operator"}, TokenID: "t1", Issued: exp.Add(-time.Hour), Expires: exp}
	if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Error(diff)
	}
	none := wantCaller(t, ask(d, request(t, "GET", "/v1/it", "Authorization", "Bearer "+hs(t, map[string]any{"pages": []string{}}))))
	all := wantCaller(t, ask(d, request(t, "GET", "/v1/it", "Authorization", "Bearer "+hs(t, map[string]any{"pages": nil}))))
	if none.MayAsk("ResearchInsightsPage") || none.MayAsk("") || !all.MayAsk("ResearchInsightsPage") {
		t.Errorf("an empty list of pages is %q, none is %q", none.Pages, all.Pages)
	}
}

func TestEveryAlgorithmOfAKindIsTaken(t *testing.T) {
	t.Parallel()
	r, p256, p384, p521, ed := rsaKey(t, 2048), ecKey(t, elliptic.P256()), ecKey(t, elliptic.P384()), ecKey(t, elliptic.P521()), edKey(t)
	keys := ringOf(t, jose.JSONWebKey{KeyID: "r", Key: &r.PublicKey}, jose.JSONWebKey{KeyID: "256", Key: &p256.PublicKey, Use: "sig"}, jose.JSONWebKey{KeyID: "384", Key: &p384.PublicKey, Algorithm: "ES384"},
		jose.JSONWebKey{KeyID: "521", Key: &p521.PublicKey}, jose.JSONWebKey{KeyID: "ed", Key: ed.Public()})
	d := newDoor(t, withSecret(Options{Keys: keys.read}))
	word := []byte(secret)
	for _, tc := range []struct {
		alg jose.SignatureAlgorithm
		key any
		kid string
	}{
		{jose.HS256, word, ""}, {jose.HS384, word, ""}, {jose.HS512, word, "any"}, {jose.RS256, r, "r"}, {jose.RS384, r, "r"}, {jose.RS512, r, "r"}, {jose.PS256, r, "r"}, {jose.PS384, r, "r"},
		{jose.PS512, r, "r"}, {jose.ES256, p256, "256"}, {jose.ES384, p384, "384"}, {jose.ES512, p521, "521"}, {jose.EdDSA, ed, "ed"},
	} {
		if w := ask(d, request(t, "GET", "/v1/it", "Authorization", "Bearer "+sign(t, tc.alg, tc.key, tc.kid, said(nil)))); w.Code != http.StatusOK {
			t.Errorf("%s: got %d %s", tc.alg, w.Code, w.Body)
		}
	}
	if got := keys.reads.Load(); got != 1 {
		t.Errorf("the key set was read %d times", got)
	}
}
