package engine

import (
	"context"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// leadLimit is how long a page's other widgets wait for its first one at most: one that takes longer delays nobody. leadSending is how long it takes to be sent.
const (
	leadLimit   = 8 * time.Millisecond
	leadSending = time.Millisecond
)

// lead is the start that the first widget of a source has.
type lead struct {
	first    *gathering
	limit    time.Time
	once     sync.Once
	reported chan struct{}
	sent     time.Time // when it will have been sent, once it is reported
}

// lead returns the one of a queue, which is not empty; nil where the source has none.
func (e *Engine) lead(source string, queue []task) *lead {
	if !e.Embedded[source] {
		return nil
	}
	return &lead{first: queue[0].gathering, limit: time.Now().Add(leadLimit), reported: make(chan struct{})}
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
		until.Reset(time.Until(l.sent))
		select {
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
				l.sent = time.Now().Add(leadSending)
				close(l.reported)
			})
		}
	}
}
