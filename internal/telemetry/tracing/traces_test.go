package tracing_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/telemetry/tracing"
)

// TestWhereTracesGo: to the base address with the standard path behind it, or to an address of their own as it is; a user and password are
// basic authentication.
func TestWhereTracesGo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ base, own, want string }{
		"base":     {"http://u:p@HOST/otel", "", "/otel/v1/traces u p"},
		"their":    {"", "http://HOST/take", "/take  "},
		"the two":  {"http://u:p@HOST/otel", "http://v:q@HOST/take", "/take v q"},
		"no error": {"http://HOST", "", "/v1/traces  "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 1)
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				user, password, _ := r.BasicAuth()
				got <- r.URL.Path + " " + user + " " + password
			}))
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			send(t, tracing.Options{
				Exporter: "otlp", Endpoint: strings.Replace(c.base, "HOST", host, 1), TracesEndpoint: strings.Replace(c.own, "HOST", host, 1), Service: "s", Log: slog.New(slog.DiscardHandler),
			})
			select {
			case path := <-got:
				if path != c.want {
					t.Errorf("sent to %q, not %q", path, c.want)
				}
			case <-time.After(time.Minute):
				t.Error("nothing was sent")
			}
		})
	}
	const canary = "s3cret-canary"
	if _, err := tracing.New(t.Context(), tracing.Options{Exporter: "otlp", TracesEndpoint: "http://u:" + canary + "@%zz", Log: slog.New(slog.DiscardHandler)}); err == nil || strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), "TRACES_ENDPOINT") {
		t.Errorf("an address that is none: %v", err)
	}
}

// send has a span sent.
func send(t *testing.T, o tracing.Options) {
	t.Helper()
	traces, err := tracing.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	_, span := traces.Tracer.Start(t.Context(), "x")
	span.End()
	if err := traces.Close(); err != nil { // sends what there is
		t.Fatal(err)
	}
}
