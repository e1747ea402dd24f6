package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The states of a source's breaker, as dispatcher_source_breaker_state shows them.
const (
	BreakerClosed   = 0
	BreakerHalfOpen = 1
	BreakerOpen     = 2
)

// sourceMetrics are the series of all sources.
type sourceMetrics struct {
	queries, transitions, rows, bytes, errors, coalesced, reused *prometheus.CounterVec
	ages                                                         *ages
	inFlight, waiting, breaker                                   *prometheus.GaugeVec
}

func newSourceMetrics() sourceMetrics {
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, []string{"source"})
	}
	return sourceMetrics{
		queries:     counters("source_queries_total", "Queries by what came of them, tries in place counted once: ok, or the class of the error.", "source", "role", "result"),
		errors:      counters("source_errors_total", "Calls of a source that failed, each try counted, by reason.", "source", "reason"),
		rows:        counters("source_rows_total", "Rows that a source answered with.", "source"),
		bytes:       counters("source_read_bytes_total", "Bytes that a source read, where its store says so.", "source"),
		coalesced:   counters("source_coalesced_total", "Queries that were answered by the computation of an equal one that was under way: in the same process, or in another.", "source", "at"),
		reused:      counters("source_reused_total", "Queries that were answered by an earlier answer, which the dataset lets be shared: fresh, or stale while it is computed anew.", "source", "answer"),
		transitions: counters("source_breaker_transitions_total", "Times that a source's breaker came into a state: closed, half_open or open.", "source", "to"),
		inFlight:    gauge("source_in_flight", "Calls that a source is working on."),
		waiting:     gauge("source_waiting", "Calls that wait for a source to have room for them."),
		ages:        newAges(),
		breaker:     gauge("source_breaker_state", "A source's breaker: 0 closed, 1 half open, 2 open."),
	}
}

func (s *sourceMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{s.queries, s.errors, s.rows, s.bytes, s.coalesced, s.reused, s.transitions, s.inFlight, s.waiting, s.breaker, s.ages}
}

// Source is what is counted of one source. Its methods do nothing on a nil *Source.
type Source struct {
	name                       string
	rows, bytes                prometheus.Counter
	inFlight, waiting, breaker prometheus.Gauge
	all                        *sourceMetrics
}

// Source returns the series of a source, which has one of each from now on. The name is the catalog's, never a request's.
func (m *Metrics) Source(name string) *Source {
	if m == nil {
		return nil
	}
	s := &m.bySource
	s.errors.WithLabelValues(name, "source_unavailable")
	s.transitions.WithLabelValues(name, "open")
	s.coalesced.WithLabelValues(name, InProcess)
	s.reused.WithLabelValues(name, "fresh")
	return &Source{
		name: name, all: s, rows: s.rows.WithLabelValues(name), bytes: s.bytes.WithLabelValues(name),
		inFlight: s.inFlight.WithLabelValues(name), waiting: s.waiting.WithLabelValues(name), breaker: s.breaker.WithLabelValues(name),
	}
}

// Waiting adds to the calls that wait.
func (s *Source) Waiting(n int) {
	if s != nil {
		s.waiting.Add(float64(n))
	}
}

// QueueAge has a source's queue asked for its age whenever metrics are read. A source that is opened anew takes the place of the one before.
func (s *Source) QueueAge(of func() time.Duration) {
	if s != nil {
		s.all.ages.set(s.name, of)
	}
}

// InFlight adds to the calls under way.
func (s *Source) InFlight(n int) {
	if s != nil {
		s.inFlight.Add(float64(n))
	}
}

// Answered counts what came back.
func (s *Source) Answered(rows, bytes int64) {
	if s == nil {
		return
	}
	s.rows.Add(float64(max(0, rows)))
	s.bytes.Add(float64(max(0, bytes)))
}

// Failed counts an error by its reason.
func (s *Source) Failed(reason string) {
	if s != nil {
		s.all.errors.WithLabelValues(s.name, word(reason)).Inc()
	}
}

// The places where an equal query was under way.
const (
	InProcess = "process"
	InOther   = "other_process"
)

// Coalesced counts a query that was answered by an equal one.
func (s *Source) Coalesced(at string) {
	if s != nil {
		s.all.coalesced.WithLabelValues(s.name, at).Inc()
	}
}

// Reused counts a query that was answered by an earlier answer, fresh or stale.
func (s *Source) Reused(answer string) {
	if s != nil {
		s.all.reused.WithLabelValues(s.name, answer).Inc()
	}
}

// Breaker notes that the breaker came into a state.
func (s *Source) Breaker(state int) {
	if s == nil {
		return
	}
	s.breaker.Set(float64(state))
	to := "closed"
	switch state {
	case BreakerHalfOpen:
		to = "half_open"
	case BreakerOpen:
		to = "open"
	}
	s.all.transitions.WithLabelValues(s.name, to).Inc()
}
