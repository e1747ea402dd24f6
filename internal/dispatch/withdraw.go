package dispatch

import (
	"context"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// A request may be withdrawn: by a message that cancels it, or by a later request for the same page. The consumer hears of it and stops the work; here is what the
// requester hears. docs/decisions/0014-withdrawn-requests.md says who decides.

// Newest is a request for a page of which only the newest one is wanted.
type Newest struct {
	Tenant, Product, Page, RoutingKey string
	// First is the entry in which it first came, Request its identity.
	First, Request string
}

// cancel withdraws the request that j names. It does not matter whether that is known: it may come later, or have ended.
func (d *Dispatcher) cancel(ctx context.Context, j *job) consumer.Outcome {
	d.finished(ctx, j, "cancel_noted")
	return consumer.Outcome{Outputs: []commit.Output{{Ops: []commit.Op{d.Cancel(j.req.CancelRequest)}}}}
}

// newest makes a request the newest of its page, where the page wants that. What is replayed, or answered again, is no new wish.
func (d *Dispatcher) newest(ctx context.Context, j *job) error {
	page, ok := j.strategy.(strategies.NewestWins)
	if d.Newest == nil || !ok || !page.NewestWins() || j.req.RoutingKey == "" || j.req.CustomerCare || !j.aging() || j.class() != models.Interactive {
		return nil
	}
	as, err := d.Newest(ctx, Newest{
		Tenant: j.req.Tenant(), Product: j.req.Product, Page: j.page(), RoutingKey: j.req.RoutingKey, First: j.entry.First, Request: j.identity(),
	})
	switch {
	case err != nil:
		return fault.New(fault.Transient, "newest_unavailable", "", fmt.Errorf("dispatch: %w", err))
	case as.Withdrawn():
		return &consumer.WithdrawnError{As: as}
	}
	return nil
}

// withdrawn ends a request: what was sent of it stays, and its page is closed. Where readers count widgets and know no closing message, those that are missing
// are said to be canceled.
func (d *Dispatcher) withdrawn(ctx context.Context, j *job, emit consumer.Emitter, as commit.Status) consumer.Outcome {
	if err := d.begin(ctx, j, emit); err != nil {
		return consumer.Outcome{Err: err}
	}
	p := newPusher(d, j, nil)
	j.to.Superseded = as == commit.Superseded
	var outputs []commit.Output
	if j.sink == d.Sinks.Care {
		for _, w := range p.missing() {
			outputs = append(outputs, p.failure(ctx, w, fault.New(fault.Canceled, models.ReasonCanceled, "the request was cancelled", nil)))
		}
	}
	if j.round != nil {
		j.live = &models.Live{Round: j.round.N, Until: j.round.Until, Ended: models.EndedWithdrawn}
	}
	outputs = append(outputs, d.closing(j, p, string(as), nil)...)
	if j.round != nil {
		outputs = append(outputs, d.roundOutput(j, nil))
	}
	d.finished(ctx, j, string(as))
	return consumer.Outcome{Outputs: outputs}
}
