package tracing_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/telemetry/tracing"
)

// TestMalformedHeadersAreNotShown: OpenTelemetry's own logger would print what it cannot read of the variable, which may be a token.
func TestMalformedHeadersAreNotShown(t *testing.T) {
	t.Parallel()
	const canary = "s3cret-canary"
	if os.Getenv("TRACES_CHILD") != "" { // the logger writes to the standard error of its process
		traces, err := tracing.New(t.Context(), tracing.Options{Exporter: "otlp", Endpoint: "http://127.0.0.1:1", Service: "s", Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
		if err == nil {
			_ = traces.Close() // nothing listens there
		}
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMalformedHeadersAreNotShown$", "-test.v")
	child.Env = append(os.Environ(), "TRACES_CHILD=1", "OTEL_EXPORTER_OTLP_HEADERS=authorization "+canary+",x=%zz"+canary, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT="+canary, "OTEL_TRACES_SAMPLER="+canary)
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "OpenTelemetry: parse headers") || !strings.Contains(string(out), "OpenTelemetry reports an error") || strings.Contains(string(out), canary) {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestHeadersAndCredentials: the headers of the standard variables are sent whether or not the collector's URL has credentials, and an authorization of theirs
// goes before it.
func TestHeadersAndCredentials(t *testing.T) { //nolint:paralleltest // the exporter reads the environment
	for name, c := range map[string]struct {
		user, all, own string
		want           http.Header
	}{
		"a user alone":               {"u:p@", "", "", http.Header{"Authorization": {"Basic dTpw"}, "X-Team": nil}},
		"a user without password":    {"u@", "", "", http.Header{"Authorization": {"Basic dTo="}}},
		"a header beside":            {"u:p@", "x-team=a%20b", "", http.Header{"Authorization": {"Basic dTpw"}, "X-Team": {"a b"}}},
		"the traces' headers":        {"u:p@", "x-team=a", "x-unit = b", http.Header{"Authorization": {"Basic dTpw"}, "X-Team": nil, "X-Unit": {"b"}}},
		"an authorization":           {"u:p@", "authorization=Bearer%20t,x-team=a", "", http.Header{"Authorization": {"Bearer t"}, "X-Team": {"a"}}},
		"no user":                    {"", "authorization=Bearer%20t", "", http.Header{"Authorization": {"Bearer t"}}},
		"one that cannot be read":    {"u:p@", "x team=a,=b,c,x-unit=%zz,x-team=d", "", http.Header{"Authorization": {"Basic dTpw"}, "X-Team": {"d"}, "X-Unit": nil}},
		"an empty one of the traces": {"u:p@", "x-team=a", " ", http.Header{"Authorization": {"Basic dTpw"}, "X-Team": {"a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", c.all)
			t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", c.own)
			got := make(chan http.Header, 1)
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header }))
			defer server.Close()
			send(t, tracing.Options{
				Exporter: "otlp", Endpoint: strings.Replace(server.URL, "//", "//"+c.user, 1), Service: "s", Log: slog.New(slog.DiscardHandler),
			})
			select {
			case sent := <-got:
				for header, want := range c.want {
					if !slices.Equal(sent[header], want) {
						t.Errorf("%s is %q, want %q", header, sent[header], want)
					}
				}
			case <-time.After(time.Minute):
				t.Error("nothing was sent")
			}
		})
	}
}
