package telemetry

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ages are those of the sources' queues, asked for when they are read: a queue that stands still gets older without anything happening.
type ages struct {
	desc *prometheus.Desc
	mu   sync.Mutex
	of   map[string]func() time.Duration
}

func newAges() *ages {
	return &ages{
		desc: prometheus.NewDesc(namespace+"_source_queue_age_seconds", "How long the call has waited that waits longest for a source to have room; 0 where none waits.", []string{"source"}, nil),
		of:   make(map[string]func() time.Duration),
	}
}

func (a *ages) set(source string, of func() time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of[source] = of
}

// Describe is that of a collector.
func (a *ages) Describe(to chan<- *prometheus.Desc) { to <- a.desc }

// Collect is that of a collector.
func (a *ages) Collect(to chan<- prometheus.Metric) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for source, age := range a.of {
		to <- prometheus.MustNewConstMetric(a.desc, prometheus.GaugeValue, age().Seconds(), source)
	}
}
