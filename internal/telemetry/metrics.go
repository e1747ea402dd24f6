package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "dispatcher"

// Metrics counts what a process does. Its methods are safe for concurrent use, and do nothing on a nil *Metrics.
type Metrics struct {
	registry               *prometheus.Registry
	events, pages, sources names

	requests       *prometheus.CounterVec
	requestTime    *prometheus.HistogramVec
	inFlight       *prometheus.GaugeVec
	slots          *prometheus.GaugeVec
	widgets        *prometheus.CounterVec
	widgetTime     *prometheus.HistogramVec
	queries        *prometheus.HistogramVec
	deadLetters    *prometheus.CounterVec
	livePosts      *prometheus.HistogramVec
	liveBreaker    prometheus.Gauge
	catalogReloads *prometheus.CounterVec
	delivery       deliveryMetrics
	bySource       sourceMetrics
}

// NewMetrics returns metrics on a registry of their own, with those of the Go runtime and the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counters("requests_total", "Requests that ended.", "event", "outcome"),
		requestTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: messagingProcess, Buckets: messagingBuckets(),
			Help:        "Time of one attempt at a request, from its start to its end.",
			ConstLabels: prometheus.Labels{labelSystem: "redis", labelOperation: "process"}}, []string{labelError}),
		slots:          gauges("slots", "Requests that this process may run at the same time.", "class"),
		inFlight:       gauges("requests_in_flight", "Requests that run now.", "class"),
		widgets:        counters("widgets_total", "Widgets that were answered.", "page", "status"),
		widgetTime:     prometheus.NewHistogramVec(histogram("widget_seconds", "Time to compute a widget."), []string{"page"}),
		queries:        prometheus.NewHistogramVec(histogram("source_query_seconds", "Time of one query of a source."), []string{"source", "role"}),
		bySource:       newSourceMetrics(),
		deadLetters:    counters("dead_letters_total", "Dead letters.", "reason"),
		livePosts:      prometheus.NewHistogramVec(histogram("live_post_seconds", "Time of one live post, by status class: 2xx to 5xx, or error."), []string{"status"}),
		liveBreaker:    prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "live_breaker_state", Help: "The live service's breaker: 0 closed, 1 half open, 2 open."}),
		delivery:       newDeliveryMetrics(),
		catalogReloads: counters("catalog_reloads_total", "Catalog reloads by result: ok or refused.", "result"),
	}
	m.registry.MustRegister(m.requests, m.requestTime, m.inFlight, m.slots, m.widgets, m.widgetTime, m.queries, m.deadLetters, m.livePosts, m.liveBreaker, m.catalogReloads,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(m.delivery.collectors()...)
	m.registry.MustRegister(m.bySource.collectors()...)
	// What counts rare events is there from the start, so that the first of them is seen as a change.
	m.deadLetters.WithLabelValues(Other)
	for _, class := range []string{"2xx", "4xx", "5xx", "error"} {
		m.livePosts.WithLabelValues(class)
	}
	for _, result := range []string{"ok", "refused"} {
		m.catalogReloads.WithLabelValues(result)
	}
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// histogram has buckets from 1 ms to about a minute: widgets are meant to take tens of milliseconds.
func histogram(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help,
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}}
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Registry returns the registry, for a collector that lives elsewhere.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Known replaces the events, pages and sources that have series of their own.
func (m *Metrics) Known(events, pages, sources []string) {
	if m == nil {
		return
	}
	m.events.replace(events)
	m.pages.replace(pages)
	m.sources.replace(sources)
}

// Class is what is counted of a class of requests: all that Metrics counts, and what runs of it.
type Class struct {
	*Metrics
	inFlight prometheus.Gauge
}

// Class returns the metrics of a class of requests, of which this process may run so many at the same time.
func (m *Metrics) Class(name string, slots int) *Class {
	if m == nil {
		return &Class{}
	}
	m.slots.WithLabelValues(name).Set(float64(slots))
	return &Class{Metrics: m, inFlight: m.inFlight.WithLabelValues(name)}
}

// RequestStarted counts a request as running until the returned function is called with its outcome
// (ok, failed, retried, rejected, canceled, …). The function must be called once.
func (c *Class) RequestStarted(event string) (ended func(outcome string)) {
	m := c.Metrics
	if m == nil {
		return func(string) {}
	}
	c.inFlight.Inc()
	start := time.Now()
	return func(outcome string) {
		c.inFlight.Dec()
		failure := ""
		if outcome != "ok" {
			failure = word(outcome)
		}
		m.requestTime.WithLabelValues(failure).Observe(time.Since(start).Seconds())
		m.requests.WithLabelValues(m.events.label(event), word(outcome)).Inc()
	}
}

// Widget counts an answered widget: its page, its status (ok, empty, partial, error) and its time.
func (m *Metrics) Widget(page, status string, took time.Duration) {
	if m == nil {
		return
	}
	page = m.pages.label(page)
	m.widgets.WithLabelValues(page, word(status)).Inc()
	m.widgetTime.WithLabelValues(page).Observe(took.Seconds())
}

// Query counts one query of a source: what it was for (main, comparison, total, …), and ok or the class of its error.
func (m *Metrics) Query(source, role, result string, took time.Duration) {
	if m == nil {
		return
	}
	source, role = m.sources.label(source), word(role)
	m.queries.WithLabelValues(source, role).Observe(took.Seconds())
	m.bySource.queries.WithLabelValues(source, role, word(result)).Inc()
}
