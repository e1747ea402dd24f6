package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// serve runs the HTTP process until the test ends, and returns it when both of its listeners are there and revocations are known, for which a token waits two
// seconds only.
func serve(t *testing.T, env map[string]string) *Server {
	t.Helper()
	c, err := config.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, listening := range []<-chan struct{}{s.http.Listening(), s.admin.http.Listening()} {
		select {
		case <-listening:
		case err := <-ended:
			ended <- nil
			t.Fatalf("it ended: %v", err)
		}
	}
	if s.door.Authenticates() {
		testenv.Eventually(t, time.Minute, "revocations are known", func() (bool, string) {
			err := s.revoked.Await(t.Context())
			return err == nil, fmt.Sprint(err)
		})
	}
	return s
}

// settings is an environment on a Redis of the test's own.
func settings(t *testing.T) map[string]string {
	t.Helper()
	host, port, _ := net.SplitHostPort(testenv.StartRedis(t).Addr)
	return map[string]string{
		"APP_REDIS_HOST": host, "APP_REDIS_PORT": port, "PORT": testenv.FreePort(t), "APP_GATEWAY_ADMIN_PORT": testenv.FreePort(t),
		"APP_DISPATCHER_INPUT_STREAM": "in", "APP_DISPATCHER_CONSUMER_GROUP": "g", "APP_DISPATCHER_CONSUMER_NAME": "s1",
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX": "out:", "APP_DISPATCHER_REJECTED_STREAM": "dead",
	}
}

// signed is ann's token of tenant 1.
func signed(t *testing.T, secret string, roles ...string) string {
	t.Helper()
	return signedBy(t, secret, "ann", roles...)
}

func signedBy(t *testing.T, secret, subject string, roles ...string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(map[string]any{"iss": "i", "aud": "a", "sub": subject, "tenant": "1", "roles": roles, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := token.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func fetch(t *testing.T, url, token string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestOperatorsHaveAListenerOfTheirOwn: what is served there is nowhere else, and is for operators alone.
func TestOperatorsHaveAListenerOfTheirOwn(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s", 32)
	token := func(roles ...string) string { return signed(t, secret, roles...) }
	for _, tc := range []struct {
		name    string
		auth    bool
		token   string
		status  int
		session string
	}{
		{"no authentication", false, "", 200, `"trusted":true`},
		{"no token", true, "", 401, "token_missing"},
		{"a tenant", true, token(), 403, `"roles":[]`},
		{"an operator", true, token("operator"), 200, `"roles":["operator"]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			env := settings(t)
			if tc.auth {
				env["APP_GATEWAY_JWT_SECRET"], env["APP_GATEWAY_JWT_ISSUER"], env["APP_GATEWAY_JWT_AUDIENCE"] = secret, "i", "a"
			}
			serve(t, env)
			public, admin := fmt.Sprintf("http://127.0.0.1:%s", env["PORT"]), fmt.Sprintf("http://127.0.0.1:%s", env["APP_GATEWAY_ADMIN_PORT"])
			if status, body := fetch(t, admin+"/admin/v1/overview", tc.token); status != tc.status || status == 200 && !strings.Contains(body, `"classes":[{"name":"interactive"`) {
				t.Errorf("overview: %d %s", status, body)
			}
			if status, body := fetch(t, public+"/admin/v1/overview", tc.token); status != 404 {
				t.Errorf("overview at the public listener: %d %s", status, body)
			}
			for _, base := range []string{public, admin} {
				if _, body := fetch(t, base+"/v1/session", tc.token); !strings.Contains(body, tc.session) {
					t.Errorf("session at %s: %s", base, body)
				}
			}
			if status, body := fetch(t, admin+"/debug/pprof/", tc.token); status != 404 {
				t.Errorf("profiles that nobody wanted: %d %s", status, body)
			}
		})
	}
}
