package telemetry_test

import (
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// TestMalformedHeadersAreNotShown: OpenTelemetry's own logger would print what it cannot read of the variable, which may be a token.
func TestMalformedHeadersAreNotShown(t *testing.T) {
	t.Parallel()
	const canary = "s3cret-canary"
	if os.Getenv("TRACES_CHILD") != "" { // the logger writes to the standard error of its process
		traces, err := telemetry.NewTraces(t.Context(), telemetry.TracesOptions{Exporter: "otlp", Endpoint: "http://127.0.0.1:1", Service: "s", Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
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
