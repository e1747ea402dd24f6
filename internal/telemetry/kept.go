package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Kept is what a place holds of days that are over, and what it has let go.
type Kept struct {
	Place            string // memory or disk
	Entries          int
	Bytes, Budget    int64
	Evicted, Corrupt int64
	Hits, Misses     int64 // looks for an entry
}

// The ways by which a day of a range was come by.
const (
	DayKept     = "kept"
	DayComputed = "computed"
)

// KeptDays registers what is kept of days that are over, which is asked at each scrape, and returns what counts the days of ranges.
func (m *Metrics) KeptDays(ask func() []Kept) (count func(dataset string, kept, computed int), err error) {
	if m == nil {
		return func(string, int, int) {}, nil
	}
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, []string{"place"}, nil)
	}
	if err := m.registry.Register(&keptCollector{
		ask:     ask,
		entries: desc("kept_entries", "Answers for days that are over, and whole ones, that are kept."),
		bytes:   desc("kept_bytes", "Bytes that they take."),
		budget:  desc("kept_budget_bytes", "Bytes that they may take."),
		evicted: desc("kept_evicted_total", "Entries that made room for others."),
		corrupt: desc("kept_corrupt_total", "Entries that were not whole when they were read, and are computed anew."),
	}); err != nil {
		return nil, err
	}
	days := counters("kept_days_total", "Days that are over of the ranges that were asked for: kept, or computed.", "dataset", "day")
	if err := m.registry.Register(days); err != nil {
		return nil, err
	}
	return func(dataset string, kept, computed int) {
		days.WithLabelValues(dataset, DayKept).Add(float64(kept))
		days.WithLabelValues(dataset, DayComputed).Add(float64(computed))
	}, nil
}

type keptCollector struct {
	ask                                      func() []Kept
	entries, bytes, budget, evicted, corrupt *prometheus.Desc
}

// Describe says what there is.
func (k *keptCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{k.entries, k.bytes, k.budget, k.evicted, k.corrupt} {
		to <- d
	}
}

// Collect asks.
func (k *keptCollector) Collect(to chan<- prometheus.Metric) {
	for _, p := range k.ask() {
		put := func(d *prometheus.Desc, of prometheus.ValueType, v float64) {
			to <- prometheus.MustNewConstMetric(d, of, v, p.Place)
		}
		put(k.entries, prometheus.GaugeValue, float64(p.Entries))
		put(k.bytes, prometheus.GaugeValue, float64(p.Bytes))
		put(k.budget, prometheus.GaugeValue, float64(p.Budget))
		put(k.evicted, prometheus.CounterValue, float64(p.Evicted))
		put(k.corrupt, prometheus.CounterValue, float64(p.Corrupt))
	}
}
