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

	mu      sync.Mutex
	request string
	marked  bool
	// ledger says that the server may know something of this request.
	ledger  bool
	pending []*commit.Pending
}

var _ Emitter = (*emitter)(nil)

// Begin names the request and reads its ledger where there can be one.
func (m *emitter) Begin(ctx context.Context, request string, marked bool) (map[string]string, error) {
	e := m.h.entry
	m.mu.Lock()
	m.request, m.marked = request, marked
	again := m.ledger || marked || e.Attempt > 1 || e.Deliveries > 1
	m.ledger = again
	m.mu.Unlock()
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
	defer m.mu.Unlock()
	if err := m.check(); err != nil {
		return err
	}
	p, err := m.c.committer.Submit(ctx, commit.Submission{
		Entry: m.h.entry.ID, Request: m.request, Marked: m.marked, Outputs: outputs,
	})
	if err != nil {
		return err
	}
	m.ledger = true
	m.pending = append(m.pending, p)
	return nil
}

// check looks at the answers that have come by now.
func (m *emitter) check() error {
	rest := m.pending[:0]
	for _, p := range m.pending {
		select {
		case <-p.Done():
			status, err := p.Result()
			if err != nil {
				return err
			}
			if status == commit.Fenced {
				m.h.cancel(errLost)
				return errLost
			}
		default:
			rest = append(rest, p)
		}
	}
	m.pending = rest
	return nil
}

// settle waits for the answers to all progress: a request is not finished before its widgets are written.
func (m *emitter) settle(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.pending {
		if _, err := p.Wait(ctx); err != nil {
			m.pending = nil
			return err
		}
	}
	m.pending = nil
	return nil
}

// final makes the last submission of the entry.
func (m *emitter) final(o Outcome) commit.Submission {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := commit.Submission{
		Entry: m.h.entry.ID, Request: m.request, Marked: m.marked,
		Outputs: o.Outputs, Final: true, Fresh: !m.ledger,
	}
	if m.h.entry.gone {
		s.Entry = "" // nothing is left to acknowledge
	}
	return s
}
