package engine

import (
	"context"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// leadLimit is how long a page's other widgets wait for its first one at most: one that takes longer delays nobody. leadSending is how long they wait for it to be sent.
const (
	leadLimit   = 8 * time.Millisecond
	leadSending = 2 * time.Millisecond
)

// lead is the start that the first widget of a source has.
type lead struct {
	first    *gathering
	limit    time.Time
	written  func() <-chan struct{} // nil where nobody knows
	once     sync.Once
	reported chan struct{}
	sent     <-chan struct{} // once it is reported
}

// lead returns the one of a queue, which is not empty; nil where the source has none.
func (r *Prepared) lead(source string, queue []task) *lead {
	if !r.engine.Embedded[source] {
		return nil
	}
	return &lead{first: queue[0].gathering, limit: time.Now().Add(leadLimit), written: r.Written, reported: make(chan struct{})}
}

// wait returns when a task may begin.
func (l *lead) wait(ctx context.Context, t task) {
	if l == nil || t.gathering == l.first {
		return
	}
	until := time.NewTimer(time.Until(l.limit))
	defer until.Stop()
	select {
	case <-l.reported:
		if l.sent == nil {
			return
		}
		until.Reset(leadSending)
		select {
		case <-l.sent:
		case <-until.C:
		case <-ctx.Done():
		}
	case <-until.C:
	case <-ctx.Done():
	}
}

// reporting lets the others begin when the first widget has been reported.
func (l *lead) reporting(report func(*plan.Widget, *format.Data, error)) func(*plan.Widget, *format.Data, error) {
	if l == nil {
		return report
	}
	return func(w *plan.Widget, data *format.Data, err error) {
		report(w, data, err)
		if w == l.first.widget {
			l.once.Do(func() {
				if l.written != nil {
					l.sent = l.written()
				}
				close(l.reported)
			})
		}
	}
}
