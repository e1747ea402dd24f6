package consumer

import (
	"context"
	"fmt"
	"sync"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// emitter publishes the progress of one entry.
type emitter struct {
	c *Consumer
	h *holding

	lane uint8

	mu      sync.Mutex
	request string
	marked  bool
	// also are further names under which the request is withdrawn; ends says that it is, and that its end is made.
	also []string
	ends bool
	// ledger says that the server may know something of this request.
	ledger bool
	// waiting counts the progress without an answer, failed is the first bad one, and written, when it is set, wants to
	// know when the last answer has come.
	waiting int
	failed  error
	written chan struct{}
}

var _ Emitter = (*emitter)(nil)

// Begin names the request and reads its ledger where there can be one.
func (m *emitter) Begin(ctx context.Context, request string, marked bool, also ...string) (map[string]string, error) {
	e := m.h.entry
	m.mu.Lock()
	m.request, m.marked, m.also = request, marked, also
	again := m.ledger || marked || e.Attempt > 1 || e.Deliveries > 1
	m.ledger = again
	ends := m.ends
	m.mu.Unlock()
	if as := m.c.withdrawals.of(request, also); as != "" && !ends { // whoever hears of it from now on finds the name
		return nil, &WithdrawnError{as}
	}
	if !again {
		return nil, nil
	}
	sent, err := m.c.Redis.HGetAll(ctx, m.c.names.LedgerPrefix+request).Result()
	if err != nil {
		return nil, fault.New(fault.Transient, "ledger_unavailable", "", fmt.Errorf("consumer: read ledger: %w", err))
	}
	return sent, nil
}

// Emit queues outputs for the next batch.
func (m *emitter) Emit(ctx context.Context, outputs ...commit.Output) error {
	m.mu.Lock()
	if err := m.failed; err != nil {
		m.mu.Unlock()
		return err
	}
	m.ledger = true
	m.waiting++
	s := commit.Submission{Entry: m.h.entry.ID, Lane: m.lane, Request: m.request, Marked: m.marked, Outputs: outputs}
	m.mu.Unlock() // answers come while the queue is waited for
	err := m.c.committer.Submit(ctx, s, m)
	if err != nil {
		m.Answered("", err)
	}
	return err
}

// Answered takes the answer to progress.
func (m *emitter) Answered(status commit.Status, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting--
	if err == nil && status == commit.Fenced {
		err = errLost
		m.h.take(lost)
	}
	if err == nil && status.Withdrawn() {
		err = &WithdrawnError{status}
		m.h.withdraw(status)
	}
	if m.failed == nil {
		m.failed = err
	}
	if m.waiting == 0 && m.written != nil {
		close(m.written)
		m.written = nil
	}
}

// names are those by which the request may be withdrawn.
func (m *emitter) names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string{m.request}, m.also...)
}

// ending says that the end of a withdrawn request is made from now on.
func (m *emitter) ending() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ends = true
}

// ended says that what was committed is the end of a withdrawn request.
func (m *emitter) ended() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ends
}

// Lost says that the entry is no longer ours.
func (m *emitter) Lost() bool { return m.h.Lost() }

// Written is closed when there is an answer to all progress; nil where there is.
func (m *emitter) Written() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting > 0 && m.written == nil {
		m.written = make(chan struct{})
	}
	return m.written
}

// settle waits for the answers to all progress: a request is not finished before its widgets are written.
func (m *emitter) settle() error {
	if written := m.Written(); written != nil {
		<-written // the committer answers all, also when it ends
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.failed
	m.failed = nil
	return err
}

// final makes the last submission of the entry.
func (m *emitter) final(o Outcome) commit.Submission {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := commit.Submission{
		Entry: m.h.entry.ID, Lane: m.lane, Request: m.request, Marked: m.marked,
		Outputs: o.Outputs, Final: true, Fresh: !m.ledger,
	}
	s.Gone, s.Withdrawn = m.h.entry.gone, m.ends
	return s
}
