package telemetry

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The names of OpenTelemetry's semantic conventions for messaging, as Prometheus writes them: where there is one for what is measured, it is
// used in place of one of our own.
const (
	messagingConsumed  = "messaging_client_consumed_messages_total"
	messagingOperation = "messaging_client_operation_duration_seconds"
	messagingProcess   = "messaging_process_duration_seconds"

	labelSystem      = "messaging_system"
	labelOperation   = "messaging_operation_name"
	labelDestination = "messaging_destination_name"
	labelGroup       = "messaging_consumer_group_name"
	labelError       = "error_type"
)

// messagingBuckets are those that the conventions ask for, with finer ones before them: a commit takes less than a millisecond.
func messagingBuckets() []float64 {
	return []float64{.0005, .001, .0025, .005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 30, 60}
}

// deliveryMetrics are the series of all streams that a process serves.
type deliveryMetrics struct {
	consumed, entries, submissions *prometheus.CounterVec
	operations                     *prometheus.HistogramVec
	batches                        *prometheus.HistogramVec
	groupsRemade, unreplicated     *prometheus.CounterVec
}

func newDeliveryMetrics() deliveryMetrics {
	system := prometheus.Labels{labelSystem: "redis"}
	return deliveryMetrics{
		consumed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: messagingConsumed, ConstLabels: system,
			Help: "Entries that a stream handed out: receive for new ones, claim for those taken over."}, []string{labelOperation, labelDestination, labelGroup}),
		operations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: messagingOperation, ConstLabels: system, Buckets: messagingBuckets(),
			Help: "Time of one commit: the outputs and acknowledgements of a batch, as one call of the server."}, []string{labelOperation, labelDestination, labelGroup, labelError}),
		entries:     counters("entries_total", "Entries by what else happened to them: lost to another consumer, requeued for a later attempt, released unfinished.", "stream", "what"),
		submissions: counters("commit_submissions_total", "Commit submissions by what the server made of them: done, duplicate, fenced; cancelled and superseded are ends of withdrawn requests.", "stream", "status"),
		batches: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "commit_batch_size",
			Help: "Submissions in one commit.", Buckets: prometheus.ExponentialBuckets(1, 2, 9)}, []string{"stream"}),
		groupsRemade: counters("group_created_total", "Times that a consumer group was missing and was made.", "stream"),
		unreplicated: counters("commit_unreplicated_total", "Commits that were made, and that replicas or the disk did not have in time.", "stream"),
	}
}

func (d *deliveryMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{d.consumed, d.operations, d.entries, d.submissions, d.batches, d.groupsRemade, d.unreplicated}
}

// Delivery is what is counted of one stream and its group. Its methods do nothing on a nil *Delivery.
type Delivery struct {
	all                                       *deliveryMetrics
	stream                                    string
	received, claimed, lost, requeued, handed prometheus.Counter
	settled, failed                           prometheus.Observer
	batches                                   prometheus.Observer
	groupsRemade, done, duplicate, fenced     prometheus.Counter
	canceled, superseded                      prometheus.Counter
	unreplicated                              prometheus.Counter
}

// Delivery returns the series of a stream, all of which exist from now on: what counts from nothing to one shows it.
func (m *Metrics) Delivery(stream, group string) *Delivery {
	if m == nil {
		return nil
	}
	d := &m.delivery
	return &Delivery{
		all: d, stream: stream,
		received: d.consumed.WithLabelValues("receive", stream, group), claimed: d.consumed.WithLabelValues("claim", stream, group),
		lost: d.entries.WithLabelValues(stream, "lost"), requeued: d.entries.WithLabelValues(stream, "requeued"), handed: d.entries.WithLabelValues(stream, "released"),
		settled: d.operations.WithLabelValues("commit", stream, group, ""), failed: d.operations.WithLabelValues("commit", stream, group, "commit_failed"),
		batches: d.batches.WithLabelValues(stream), groupsRemade: d.groupsRemade.WithLabelValues(stream), unreplicated: d.unreplicated.WithLabelValues(stream),
		done: d.submissions.WithLabelValues(stream, "done"), duplicate: d.submissions.WithLabelValues(stream, "duplicate"), fenced: d.submissions.WithLabelValues(stream, "fenced"),
		canceled: d.submissions.WithLabelValues(stream, "cancelled"), superseded: d.submissions.WithLabelValues(stream, "superseded"),
	}
}

// Commit observes one commit: how many submissions it took, its time, and whether it failed.
func (d *Delivery) Commit(size int, took time.Duration, err error) {
	if d == nil {
		return
	}
	d.batches.Observe(float64(size))
	if err != nil {
		d.failed.Observe(took.Seconds())
		return
	}
	d.settled.Observe(took.Seconds())
}

// Submission counts a request's last submission by its status: done, duplicate or fenced, canceled or superseded.
func (d *Delivery) Submission(status string) {
	if d == nil {
		return
	}
	switch status {
	case "done":
		d.done.Inc()
	case "duplicate":
		d.duplicate.Inc()
	case "fenced":
		d.fenced.Inc()
	case "cancelled":
		d.canceled.Inc()
	case "superseded":
		d.superseded.Inc()
	default:
		d.all.submissions.WithLabelValues(d.stream, word(status)).Inc()
	}
}

// Read counts entries that the stream handed out.
func (d *Delivery) Read(n int) {
	if d != nil {
		d.received.Add(float64(n))
	}
}

// Claimed counts entries taken over from another consumer.
func (d *Delivery) Claimed(n int) {
	if d != nil {
		d.claimed.Add(float64(n))
	}
}

// Lost counts entries that another consumer took while they ran here.
func (d *Delivery) Lost(n int) {
	if d != nil {
		d.lost.Add(float64(n))
	}
}

// Requeued counts entries put back for a later attempt.
func (d *Delivery) Requeued(n int) {
	if d != nil {
		d.requeued.Add(float64(n))
	}
}

// Released counts entries handed back unfinished.
func (d *Delivery) Released(n int) {
	if d != nil {
		d.handed.Add(float64(n))
	}
}

// GroupCreated counts a consumer group that was missing.
func (d *Delivery) GroupCreated(n int) {
	if d != nil {
		d.groupsRemade.Add(float64(n))
	}
}

// Unreplicated counts commits that are made, and that replicas or the disk did not have in time.
func (d *Delivery) Unreplicated(n int) {
	if d != nil {
		d.unreplicated.Add(float64(n))
	}
}

// DeadLetter counts a dead letter by its reason.
func (m *Metrics) DeadLetter(reason string) {
	if m != nil {
		m.deadLetters.WithLabelValues(word(reason)).Inc()
	}
}

// LivePost observes a live post: the class of its HTTP status, 0 where no answer came, and its time.
func (m *Metrics) LivePost(status int, took time.Duration) {
	if m == nil {
		return
	}
	class := "error"
	if status >= 100 && status < 600 {
		class = strconv.Itoa(status/100) + "xx"
	}
	m.livePosts.WithLabelValues(class).Observe(took.Seconds())
}

// LiveBreaker notes that the live service's breaker came into a state: one of those of a source's.
func (m *Metrics) LiveBreaker(state int) {
	if m != nil {
		m.liveBreaker.Set(float64(state))
	}
}

// CatalogReload counts a reload of the catalog.
func (m *Metrics) CatalogReload(ok bool) {
	if m == nil {
		return
	}
	result := "refused"
	if ok {
		result = "ok"
	}
	m.catalogReloads.WithLabelValues(result).Inc()
}
