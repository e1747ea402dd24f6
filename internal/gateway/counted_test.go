package gateway

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// TestAnswersAreCounted by the route's pattern and not by what is asked; what a route can do with its connection it can do still, and streams have no time.
func TestAnswersAreCounted(t *testing.T) {
	t.Parallel()
	metrics := telemetry.NewMetrics()
	stream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			problem.New(http.StatusForbidden, "forbidden", "no").Write(w)
			return
		}
		if !Detach(w, r, func(_ context.Context, c *Conn) { _, _ = io.WriteString(c, "2\r\nok\r\n") }) {
			t.Error("the connection cannot be taken over")
		}
	})
	s := start(t, Options{Metrics: metrics.Handler(), Counts: metrics.HTTP(), Routes: []Route{
		{Pattern: "GET /v1/things/{id}", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "thing") })},
		{Pattern: "POST /v1/things", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			problem.New(http.StatusTooManyRequests, "rate_limited", "slower").Write(w)
		})},
		{Pattern: "GET /v1/events", Handler: stream},
	}})
	for _, call := range []struct{ method, path string }{{"GET", "/v1/things/1"}, {"GET", "/v1/things/2"}, {"POST", "/v1/things"}, {"GET", "/v1/events"}, {"GET", "/v1/events?x"}, {"GET", "/x/y"}, {"GET", "/health"}, {"GET", "/ready"}} {
		ask(t, s, call.method, call.path)
	}
	_, _, text := ask(t, s, "GET", "/metrics")
	counted := ""
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "http_server_request_duration_seconds_count") || strings.HasPrefix(line, "dispatcher_http_refused_total") && !strings.HasSuffix(line, " 0\n") {
			counted += line
		}
	}
	const want = `dispatcher_http_refused_total{code="forbidden"} 1
dispatcher_http_refused_total{code="not_found"} 1
dispatcher_http_refused_total{code="rate_limited"} 1
http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/v1/things/{id}"} 2
http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="403",http_route="/v1/events"} 1
http_server_request_duration_seconds_count{http_request_method="POST",http_response_status_code="429",http_route="/v1/things"} 1
http_server_request_duration_seconds_count{http_request_method="_OTHER",http_response_status_code="404",http_route="/"} 1
`
	if counted != want {
		t.Errorf("got\n%s", counted)
	}
}
