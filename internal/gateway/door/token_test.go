package door

import (
	"context"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// unsigned builds a token by hand, as its forger would.
func unsigned(t *testing.T, header map[string]any, signature string) string {
	t.Helper()
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(header) + "." + part(said(nil)) + "." + signature
}

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	r, other, ec := rsaKey(t, 2048), rsaKey(t, 2048), ecKey(t, elliptic.P256())
	keys := ringOf(t, jose.JSONWebKey{KeyID: "r", Key: &r.PublicKey}, jose.JSONWebKey{KeyID: "ec", Key: &ec.PublicKey},
		jose.JSONWebKey{KeyID: "only", Key: &other.PublicKey, Algorithm: "PS256"}, jose.JSONWebKey{KeyID: "enc", Key: &r.PublicKey, Use: "enc"}, jose.JSONWebKey{KeyID: "oct", Key: []byte(secret)})
	d := newDoor(t, withSecret(Options{Keys: keys.read}))
	der, err := x509.MarshalPKIXPublicKey(&r.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	good := hs(t, nil)
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	for name, token := range map[string]string{
		"none":                     unsigned(t, map[string]any{"alg": "none"}, ""),
		"None":                     unsigned(t, map[string]any{"alg": "None"}, ""),
		"no algorithm":             unsigned(t, map[string]any{}, signature),
		"two algorithms":           base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","alg":"none"}`)) + "." + payload + "." + signature,
		"no signature":             head + "." + payload + ".",
		"half a signature":         head + "." + payload + "." + signature[:20],
		"public key as secret":     sign(t, jose.HS256, public, "r", said(nil)),
		"public key DER as secret": sign(t, jose.HS256, der, "r", said(nil)),
		"another secret":           sign(t, jose.HS256, []byte(strings.Repeat("x", 64)), "", said(nil)),
		"another key under the id": sign(t, jose.RS256, other, "r", said(nil)),
		"EC key as RSA":            sign(t, jose.ES256, ec, "r", said(nil)),
		"not the key's algorithm":  sign(t, jose.RS256, other, "only", said(nil)),
		"a key that encrypts":      sign(t, jose.RS256, r, "enc", said(nil)),
		"a secret in the key set":  sign(t, jose.HS256, []byte(strings.Repeat("y", 64)), "oct", said(nil)),
		"unknown kid":              sign(t, jose.RS256, r, "unknown", said(nil)),
		"no kid among several":     sign(t, jose.RS256, r, "", said(nil)),
		"a key that it brings":     unsigned(t, map[string]any{"alg": "RS256", "jwk": json.RawMessage(`{"kty":"RSA","n":"AQAB","e":"AQAB"}`), "kid": "x"}, signature),
		"crit":                     unsigned(t, map[string]any{"alg": "HS256", "crit": []string{"x"}, "x": 1}, signature),
		"wrong audience":           hs(t, map[string]any{"aud": "another"}),
		"no audience":              hs(t, map[string]any{"aud": nil}),
		"wrong issuer":             hs(t, map[string]any{"iss": "another"}),
		"no issuer":                hs(t, map[string]any{"iss": nil}),
		"no exp":                   hs(t, map[string]any{"exp": nil}),
		"exp is a word":            hs(t, map[string]any{"exp": "never"}),
		"exp of another age":       hs(t, map[string]any{"exp": 1e300}),
		"expired":                  hs(t, map[string]any{"exp": time.Now().Add(-leeway - time.Minute).Unix()}),
		"not yet":                  hs(t, map[string]any{"nbf": time.Now().Add(leeway + time.Minute).Unix()}),
		"issued tomorrow":          hs(t, map[string]any{"iat": time.Now().Add(24 * time.Hour).Unix()}),
		"tenant is a list":         hs(t, map[string]any{"tenant": []string{"a"}}),
		"tenant with a line break": hs(t, map[string]any{"tenant": "a\nb"}),
		"tenant without end":       hs(t, map[string]any{"tenant": strings.Repeat("a", longestName+1)}),
		"pages is a word":          hs(t, map[string]any{"pages": "all"}),
		"garbage":                  "garbage",
		"points":                   strings.Repeat(".", 5000),
		"huge":                     hs(t, map[string]any{"fill": strings.Repeat("a", longestToken)}),
		"empty":                    "",
		"JSON":                     `{"payload":"` + payload + `","protected":"` + head + `","signature":"` + signature + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code := "token_invalid"
			if name == "expired" {
				code = "token_expired"
			}
			w := ask(d, request(t, "GET", "/v1/it", "Authorization", "Bearer "+token))
			wantProblem(t, w, http.StatusUnauthorized, code)
			if challenge := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(challenge, `Bearer realm="dispatcher", error="invalid_token", error_description="`) || strings.Count(challenge, `"`) != 6 {
				t.Errorf("WWW-Authenticate is %s", challenge)
			}
		})
	}
	w := ask(d, request(t, "GET", "/v1/it"))
	wantProblem(t, w, http.StatusUnauthorized, "token_missing")
	if w.Header().Get("WWW-Authenticate") != `Bearer realm="dispatcher"` {
		t.Errorf("WWW-Authenticate is %s", w.Header().Get("WWW-Authenticate"))
	}
	wantProblem(t, ask(d, request(t, "GET", "/v1/it?access_token="+good+"&token="+good)), http.StatusUnauthorized, "token_missing")
	wantProblem(t, ask(d, request(t, "GET", "/v1/it", "Authorization", "Basic "+good)), http.StatusUnauthorized, "token_invalid")
	for _, close := range []map[string]any{{"exp": time.Now().Add(5 * time.Second).Unix()}, {"exp": time.Now().Add(-5 * time.Second).Unix()}, {"nbf": time.Now().Add(5 * time.Second).Unix()}} {
		wantCaller(t, ask(d, request(t, "GET", "/v1/it", "Authorization", "Bearer "+hs(t, close))))
	}
}

func TestAShortSecretServesNoLongAlgorithm(t *testing.T) {
	t.Parallel()
	short := strings.Repeat("s", 32)
	d := newDoor(t, Options{Secret: func() (string, error) { return short, nil }})
	wantCaller(t, ask(d, request(t, "GET", "/v1/it", "Authorization", "Bearer "+sign(t, jose.HS256, []byte(short), "", said(nil)))))
	for _, text := range []string{"", strings.Repeat("s", 31), short + " short"} {
		if _, err := New(Options{Issuer: "i", Audience: "a", Secret: func() (string, error) { return text, nil }}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if _, err := New(Options{Secret: func() (string, error) { return short, nil }}); err == nil {
		t.Error("no issuer and no audience are expected")
	}
}

func TestASecretIsReplaced(t *testing.T) {
	t.Parallel()
	before, after := strings.Repeat("b", 32), strings.Repeat("a", 32)
	text, fault := before, error(nil)
	d := newDoor(t, Options{Secret: func() (string, error) { return text, fault }})
	status := func(secret string) int {
		return ask(d, request(t, "GET", "/v1/it", "Authorization", "Bearer "+sign(t, jose.HS256, []byte(secret), "", said(nil)))).Code
	}
	for _, step := range []struct {
		text          string
		fault         error
		before, after int
	}{
		{before, nil, 200, 401},
		{after + "\n" + before + "\n", nil, 200, 200},
		{after, nil, 401, 200},
		{"", errors.New("the file is gone"), 401, 200},
		{"short", nil, 401, 200},
	} {
		text, fault = step.text, step.fault
		d.Reload(t.Context())
		if b, a := status(before), status(after); b != step.before || a != step.after {
			t.Errorf("with %q: %d, %d", step.text, b, a)
		}
	}
}

func TestKeySet(t *testing.T) {
	t.Parallel()
	first, second := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	synctest.Test(t, func(t *testing.T) {
		keys := ringOf(t, jose.JSONWebKey{KeyID: "1", Key: &first.PublicKey})
		var down atomic.Bool
		s := newKeySet(func(ctx context.Context) ([]byte, error) {
			time.Sleep(time.Second)
			text, err := keys.read(ctx)
			if down.Load() {
				err = errors.New("away")
			}
			return text, err
		})
		defer s.close()
		reads := func(want int32) {
			t.Helper()
			if got := keys.reads.Load(); got != want {
				t.Errorf("the set was read %d times, want %d", got, want)
			}
		}
		find := func(kid string) error { _, err := s.find(t.Context(), jose.ES256, kid); return err }
		down.Store(true)
		if err := find("1"); !errors.Is(err, errNoKeys) {
			t.Errorf("a set that cannot be read: %v", err)
		}
		if err := find("1"); !errors.Is(err, errNoKeys) {
			t.Errorf("a set that cannot be read: %v", err)
		}
		reads(1) // the second one did not ask again
		down.Store(false)
		time.Sleep(failPause)
		done := make(chan error)
		for range 20 {
			go func() { done <- find("1") }()
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		reads(2) // twenty waited for one reading
		if err := find(""); err != nil {
			t.Errorf("the only key needs no name: %v", err)
		}
		keys.put(t, jose.JSONWebKey{KeyID: "1", Key: &first.PublicKey}, jose.JSONWebKey{KeyID: "2", Key: &second.PublicKey})
		if err := find("2"); err == nil {
			t.Error("it was read again within the pause")
		}
		reads(2)
		time.Sleep(readPause)
		if err := find("2"); err != nil {
			t.Errorf("a new key is not found: %v", err)
		}
		reads(3)
		for range 100 {
			if err := find("forged"); err == nil {
				t.Error("an unknown key is found")
			}
		}
		reads(3)
		if err := find(""); err == nil {
			t.Error("one of two keys needs no name")
		}
		time.Sleep(freshFor + time.Second)
		if err := find("2"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		time.Sleep(2 * time.Second)
		reads(4) // beside the request
		down.Store(true)
		time.Sleep(staleFor / 2)
		if err := find("2"); err != nil {
			t.Errorf("what was read stays in use: %v", err)
		}
		time.Sleep(staleFor)
		if err := find("2"); !errors.Is(err, errNoKeys) {
			t.Errorf("what could not be read for a day is used: %v", err)
		}
	})
}

func TestKeysThatAreAway(t *testing.T) {
	t.Parallel()
	d := newDoor(t, Options{Keys: func(context.Context) ([]byte, error) { return nil, errors.New("keys.internal:8443 is away") }})
	w := ask(d, request(t, "GET", "/v1/it", "Authorization", "Bearer "+sign(t, jose.ES256, ecKey(t, elliptic.P256()), "1", said(nil))))
	if detail := wantProblem(t, w, http.StatusServiceUnavailable, "keys_unavailable"); strings.Contains(detail, "internal") || w.Header().Get("Retry-After") == "" {
		t.Errorf("it says %q, Retry-After %q", detail, w.Header().Get("Retry-After"))
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	weak := rsaKey(t, 1024)
	weakSet, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{KeyID: "w", Key: &weak.PublicKey}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "<html>", "no keys": `{"keys":[]}`, "a secret": `{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`, "an unknown kind": `{"keys":[{"kty":"XYZ"}]}`, "a short RSA key": string(weakSet),
		"too many": `{"keys":[` + strings.TrimSuffix(strings.Repeat(`{},`, mostKeys+1), ",") + `]}`,
	} {
		if keys, err := parseKeys([]byte(text)); err == nil {
			t.Errorf("%s: %v", name, keys)
		}
	}
	ed := edKey(t)
	private, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{KeyID: "e", Key: ed}}})
	if err != nil {
		t.Fatal(err)
	}
	mixed := strings.Replace(string(private), `{"keys":[`, `{"keys":[{"kty":"XYZ"},`, 1)
	if keys, err := parseKeys([]byte(mixed)); err != nil || len(keys) != 1 || !keys[0].IsPublic() {
		t.Errorf("a private key beside an unknown one: %v, %v", keys, err)
	}
}
