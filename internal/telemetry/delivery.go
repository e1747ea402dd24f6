package telemetry

import "strconv"

// Batch observes how many submissions one commit took.
func (m *Metrics) Batch(size int) {
	if m != nil {
		m.batches.Observe(float64(size))
	}
}

// Submission counts a commit submission by its status: done, duplicate, fenced, or error.
func (m *Metrics) Submission(status string) {
	if m != nil {
		m.submissions.WithLabelValues(word(status)).Inc()
	}
}

// EntriesRead counts entries that the stream handed out.
func (m *Metrics) EntriesRead(n int) { m.entry("read", n) }

// EntriesClaimed counts entries taken over from another consumer.
func (m *Metrics) EntriesClaimed(n int) { m.entry("claimed", n) }

// LeaseLost counts entries that another consumer took while they ran here.
func (m *Metrics) LeaseLost(n int) { m.entry("lost", n) }

// Requeued counts entries put back for a later attempt.
func (m *Metrics) Requeued(n int) { m.entry("requeued", n) }

func (m *Metrics) entry(what string, n int) {
	if m != nil && n > 0 {
		m.entries.WithLabelValues(what).Add(float64(n))
	}
}

// DeadLetter counts a dead letter by its reason.
func (m *Metrics) DeadLetter(reason string) {
	if m != nil {
		m.deadLetters.WithLabelValues(word(reason)).Inc()
	}
}

// GroupRecreated counts a consumer group that was gone.
func (m *Metrics) GroupRecreated() {
	if m != nil {
		m.groupsRemade.Inc()
	}
}

// LivePost counts a live post by the class of its HTTP status; 0 means that no answer came.
func (m *Metrics) LivePost(status int) {
	if m == nil {
		return
	}
	class := "error"
	if status >= 100 && status < 600 {
		class = strconv.Itoa(status/100) + "xx"
	}
	m.livePosts.WithLabelValues(class).Inc()
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
