package server

import (
	"bufio"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestARevocationIsKnownToEveryGateway: an operator revokes at one, and another one refuses the token and ends its streams; a newer token is let in.
func TestARevocationIsKnownToEveryGateway(t *testing.T) {
	t.Parallel()
	env, secret := settings(t), strings.Repeat("s", 32)
	env["APP_GATEWAY_JWT_SECRET"], env["APP_GATEWAY_JWT_ISSUER"], env["APP_GATEWAY_JWT_AUDIENCE"] = secret, "i", "a"
	second := maps.Clone(env)
	second["PORT"], second["APP_GATEWAY_ADMIN_PORT"] = testenv.FreePort(t), testenv.FreePort(t)
	serve(t, env)
	serve(t, second)
	token := signed(t, secret)
	here, there := "http://127.0.0.1:"+env["PORT"], "http://127.0.0.1:"+second["PORT"]
	send := func(method, url, token, body string) (status int, answer io.Reader) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res.StatusCode, res.Body
	}
	var streams []*bufio.Reader
	for _, base := range []string{here, there} {
		_, answer := send("GET", base+"/v1/streams/web:1:x/events", token, "")
		lines := bufio.NewReader(answer)
		if first, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(first, "retry: ") {
			t.Fatalf("%q, %v", first, err)
		}
		streams = append(streams, lines)
	}
	operator := signedBy(t, secret, "eve", "operator")
	status, answer := send("POST", "http://127.0.0.1:"+env["APP_GATEWAY_ADMIN_PORT"]+"/admin/v1/revocations", operator, `{"subject":"ann","tenant":"1","why":"lost"}`)
	if text, err := io.ReadAll(answer); err != nil || status != http.StatusOK || !strings.Contains(string(text), `"by":"eve","why":"lost"`) {
		t.Fatalf("%d %s %v", status, text, err)
	}
	for _, lines := range streams {
		rest, err := io.ReadAll(lines)
		if err != nil || !strings.Contains(string(rest), `"code":"token_revoked"`) {
			t.Errorf("the stream ended with %q, %v", rest, err)
		}
	}
	for _, base := range []string{here, there} {
		if status, body := fetch(t, base+"/v1/session", token); status != http.StatusUnauthorized || !strings.Contains(body, "token_revoked") {
			t.Errorf("the token: %d %s", status, body)
		}
		if status, body := fetch(t, base+"/v1/session", operator); status != http.StatusOK {
			t.Errorf("another's: %d %s", status, body)
		}
	}
	// The list of what was revoked is the other one's, too, and what cannot be is said.
	if status, body := fetch(t, "http://127.0.0.1:"+second["APP_GATEWAY_ADMIN_PORT"]+"/admin/v1/revocations", operator); status != http.StatusOK || !strings.Contains(body, `"subject":"ann","tenant":"1"`) {
		t.Errorf("the list: %d %s", status, body)
	}
	for _, body := range []string{`{}`, `{"subject":"x","expires_at":"2001-01-01T00:00:00Z"}`, `{"who":"x"}`} {
		if status, _ := send("POST", "http://127.0.0.1:"+env["APP_GATEWAY_ADMIN_PORT"]+"/admin/v1/revocations", operator, body); status != http.StatusBadRequest {
			t.Errorf("%s: %d", body, status)
		}
	}
	// iat is in whole seconds: a token of the same one may be an old one.
	testenv.Eventually(t, time.Minute, "who signs in again is let in", func() (bool, string) {
		status, body := fetch(t, there+"/v1/session", signed(t, secret))
		return status == http.StatusOK, body
	})
}
