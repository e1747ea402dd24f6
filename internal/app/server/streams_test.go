package server

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestATenantsStreamsAreBoundedWhileTheyAreOpen: a stream goes on after its handler has returned, and takes up its place until its client has gone.
func TestATenantsStreamsAreBoundedWhileTheyAreOpen(t *testing.T) {
	t.Parallel()
	env, secret := settings(t), strings.Repeat("s", 32)
	env["APP_GATEWAY_JWT_SECRET"], env["APP_GATEWAY_JWT_ISSUER"], env["APP_GATEWAY_JWT_AUDIENCE"], env["APP_GATEWAY_TENANT_STREAMS"] = secret, "i", "a", "1"
	serve(t, env)
	token := signed(t, secret)
	open := func() (status int, body io.Closer) {
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+env["PORT"]+"/v1/streams/web:1:x/events", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode == http.StatusOK {
			if _, err := io.ReadFull(res.Body, make([]byte, len("retry: "))); err != nil || !res.Close || res.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%v, %v", err, res)
			}
		}
		return res.StatusCode, res.Body
	}
	status, first := open()
	if status != http.StatusOK {
		t.Fatal(status)
	}
	status, second := open()
	if _ = second.Close(); status != http.StatusTooManyRequests {
		t.Errorf("a second stream: %d", status)
	}
	_ = first.Close()
	testenv.Eventually(t, time.Minute, "there is a place again", func() (bool, string) {
		status, body := open()
		_ = body.Close()
		return status == http.StatusOK, http.StatusText(status)
	})
}
