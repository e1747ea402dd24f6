package telemetry

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The name and the labels of OpenTelemetry's semantic conventions for HTTP servers, as Prometheus writes them.
const (
	httpDuration = "http_server_request_duration_seconds"

	labelMethod = "http_request_method"
	labelRoute  = "http_route"
	labelStatus = "http_response_status_code"
)

// HTTP is what is counted of answers over HTTP. Its methods do nothing on a nil *HTTP.
type HTTP struct {
	answers *prometheus.HistogramVec
	refused *prometheus.CounterVec
}

// HTTP returns the series of answers over HTTP. It is called once.
func (m *Metrics) HTTP() *HTTP {
	if m == nil {
		return nil
	}
	h := &HTTP{
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: httpDuration,
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			Help:    "Time of an answer over HTTP. A stream of events is here where it was refused."}, []string{labelMethod, labelRoute, labelStatus}),
		refused: counters("http_refused_total", "Answers over HTTP that refuse, by the code of the problem.", "code"),
	}
	for _, code := range []string{"auth_not_configured", "token_missing", "token_invalid", "token_expired", "token_revoked", "forbidden", "cross_origin", "rate_limited", "too_many_streams"} {
		h.refused.WithLabelValues(code)
	}
	m.registry.MustRegister(h.answers, h.refused)
	return h
}

// Answered counts an answer of a route, which is one of the program's own patterns.
func (h *HTTP) Answered(method, route string, status int, took time.Duration) {
	if h != nil {
		h.answers.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
	}
}

// Refused counts an answer that refuses.
func (h *HTTP) Refused(code string) {
	if h != nil {
		h.refused.WithLabelValues(word(code)).Inc()
	}
}
