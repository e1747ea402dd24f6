package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Broker is what a process saw of the Redis server when it was scraped.
type Broker struct {
	// Up says that it answered; the rest counts only then.
	Up bool
	// Skew is how far the server's clock is ahead.
	Skew time.Duration
	// DeadLetters is how many there are.
	DeadLetters int64
	Queues      []Queue
}

// Queue is one stream with its consumer group.
type Queue struct {
	Stream string
	// Backlog is what waits or runs, -1 where the server cannot tell; Pending is what was handed out of it, Delayed waits for its time elsewhere.
	Backlog, Pending, Delayed, Consumers int64
	// Oldest is the age of the oldest of the backlog.
	Oldest time.Duration
}

// brokerCollector asks at each scrape.
type brokerCollector struct {
	ask                                          func() Broker
	up, skew, deadLetters                        *prometheus.Desc
	backlog, oldest, pending, delayed, consumers *prometheus.Desc
}

// Broker registers gauges that ask at each scrape. What could not be asked is absent, never 0: an empty queue and a server that is away are not
// the same.
func (m *Metrics) Broker(ask func() Broker) error {
	if m == nil {
		return nil
	}
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return m.registry.Register(&brokerCollector{
		ask:         ask,
		up:          gauge("broker_up", "Whether the Redis server answers this process."),
		skew:        gauge("broker_clock_skew_seconds", "How far the Redis server's clock is ahead of this machine's."),
		deadLetters: gauge("dead_letters", "Dead letters that are kept."),
		backlog:     gauge("backlog", "Entries that wait or run.", "stream"),
		oldest:      gauge("backlog_oldest_seconds", "Age of the oldest entry that waits or runs; 0 without one.", "stream"),
		pending:     gauge("pending", "Entries that are handed out and not acknowledged.", "stream"),
		delayed:     gauge("delayed", "Requests that wait for their next attempt or round.", "stream"),
		consumers:   gauge("group_consumers", "Consumers that the group knows.", "stream"),
	})
}

// Describe sends the gauges' descriptions.
func (c *brokerCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.up, c.skew, c.deadLetters, c.backlog, c.oldest, c.pending, c.delayed, c.consumers} {
		out <- d
	}
}

// Collect asks, and sends what it heard.
func (c *brokerCollector) Collect(out chan<- prometheus.Metric) {
	b := c.ask()
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if !b.Up {
		send(c.up, 0)
		return
	}
	send(c.up, 1)
	send(c.skew, b.Skew.Seconds())
	send(c.deadLetters, float64(b.DeadLetters))
	for _, q := range b.Queues {
		if q.Backlog >= 0 {
			send(c.backlog, float64(q.Backlog), q.Stream)
		}
		send(c.oldest, q.Oldest.Seconds(), q.Stream)
		send(c.pending, float64(q.Pending), q.Stream)
		send(c.delayed, float64(q.Delayed), q.Stream)
		send(c.consumers, float64(q.Consumers), q.Stream)
	}
}
