package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Feed is what is counted of live streams and their subscribers. Its methods do nothing on a nil *Feed.
type Feed struct {
	subscribers, streams                          prometheus.Gauge
	messages, deliveries, dropped, evicted, reads prometheus.Counter
	resets                                        *prometheus.CounterVec
	hits, misses                                  prometheus.Counter
	lag                                           prometheus.Histogram
}

// Feed returns the series of live streams. It is called once.
func (m *Metrics) Feed() *Feed {
	if m == nil {
		return nil
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
	}
	cache := counters("feed_cache_total", "What subscribers needed of the past: hit where it was in memory, miss where Redis was read.", "result")
	f := &Feed{
		subscribers: gauge("feed_subscribers", "Subscribers of live streams."),
		streams:     gauge("feed_streams", "Output streams that are read for subscribers."),
		messages:    counter("feed_messages_total", "Messages read from output streams, once for all subscribers."),
		deliveries:  counter("feed_deliveries_total", "Messages written to subscribers."),
		dropped:     counter("feed_dropped_total", "Messages that a slow subscriber was not sent, because a newer one of the same widget was."),
		evicted:     counter("feed_evicted_total", "Subscribers that were cut off because they took nothing."),
		reads:       counter("feed_reads_total", "Reads of older messages from Redis."),
		resets:      counters("feed_resets_total", "Times that a subscriber was told to forget what it had, by reason.", "reason"),
		lag:         prometheus.NewHistogram(histogram("feed_lag_seconds", "Age of a message when it is read for its subscribers, by the clocks of Redis and of this machine.")),
		hits:        cache.WithLabelValues("hit"), misses: cache.WithLabelValues("miss"),
	}
	for _, reason := range []string{"trimmed", "epoch", "unknown_id", "slow"} {
		f.resets.WithLabelValues(reason)
	}
	m.registry.MustRegister(f.subscribers, f.streams, f.messages, f.deliveries, f.dropped, f.evicted, f.reads, f.resets, f.lag, cache)
	return f
}

// Follows notes how many subscribers follow how many streams.
func (f *Feed) Follows(subscribers, streams int) {
	if f != nil {
		f.subscribers.Set(float64(subscribers))
		f.streams.Set(float64(streams))
	}
}

// Message counts a message that was read, and how old it was. Clocks that differ make none younger than new.
func (f *Feed) Message(age time.Duration) {
	if f != nil {
		f.messages.Inc()
		f.lag.Observe(max(age, 0).Seconds())
	}
}

// Delivered counts messages that were written to a subscriber.
func (f *Feed) Delivered(n int) {
	if f != nil {
		f.deliveries.Add(float64(n))
	}
}

// Dropped counts messages that a subscriber was not sent.
func (f *Feed) Dropped(n int) {
	if f != nil && n > 0 {
		f.dropped.Add(float64(n))
	}
}

// Evicted counts a subscriber that was cut off.
func (f *Feed) Evicted() {
	if f != nil {
		f.evicted.Inc()
	}
}

// Reset counts that a subscriber was told to forget what it had.
func (f *Feed) Reset(reason string) {
	if f != nil {
		f.resets.WithLabelValues(word(reason)).Inc()
	}
}

// Read counts a read of older messages.
func (f *Feed) Read() {
	if f != nil {
		f.reads.Inc()
	}
}

// Cache counts whether what a subscriber needed of the past was in memory.
func (f *Feed) Cache(hit bool) {
	switch {
	case f == nil:
	case hit:
		f.hits.Inc()
	default:
		f.misses.Inc()
	}
}
