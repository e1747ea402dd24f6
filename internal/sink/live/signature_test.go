package live

import (
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
)

// TestPostsAreSigned has the official library verify what a service receives: with the old secret and with the new one while both are set, and with no other.
func TestPostsAreSigned(t *testing.T) {
	t.Parallel()
	secret := func(fill string) string { return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, 32))) }
	current, next, other := secret("a"), secret("b"), secret("c")
	for name, c := range map[string]struct {
		secrets  []string
		verified []string
		refused  []string
	}{
		"unsigned":      {nil, nil, []string{current}},
		"one":           {[]string{current}, []string{current}, []string{next}},
		"both, in turn": {[]string{next, current}, []string{current, next}, []string{other}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var header http.Header
			var body []byte
			service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				header = r.Header
				body, _ = io.ReadAll(r.Body)
			}))
			defer service.Close()
			post := &Post{URL: service.URL}
			p := NewPoster(Options{Service: post, Client: NewClient(time.Minute), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
			for _, s := range c.secrets {
				key, err := base64.StdEncoding.DecodeString(s)
				if err != nil {
					t.Fatal(err)
				}
				post.Keys = append(post.Keys, key)
			}
			e := &consumer.Entry{ID: "1-1", Fields: []string{"payload", `{"a":"ä"}`, "webhook_id", "r.1:P__W"}}
			if out := p.Handle(t.Context(), e, nil); out.Err != nil {
				t.Fatal(out.Err)
			}
			if _, signed := header["Webhook-Signature"]; signed != (len(c.secrets) > 0) {
				t.Errorf("headers %v", header)
			}
			verify := func(secret string, body []byte, header http.Header) error {
				w, err := standardwebhooks.NewWebhook("whsec_" + secret)
				if err != nil {
					t.Fatal(err)
				}
				return w.Verify(body, header)
			}
			for _, s := range c.verified {
				if err := verify(s, body, header); err != nil {
					t.Error(err)
				}
				if verify(s, append(body, ' '), header) == nil {
					t.Error("another body is verified")
				}
				for _, changed := range []string{"Webhook-Id", "Webhook-Timestamp"} {
					h := header.Clone()
					h.Set(changed, h.Get(changed)+"0")
					if verify(s, body, h) == nil {
						t.Errorf("another %s is verified", changed)
					}
				}
			}
			for _, s := range c.refused {
				if verify(s, body, header) == nil {
					t.Error("verified with a secret that it was not signed with")
				}
			}
		})
	}
}
