package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// run has the strategy compute the request and closes the page.
func (d *Dispatcher) run(ctx context.Context, j *job, emit consumer.Emitter) consumer.Outcome {
	if d.Processing != nil && j.sink == d.Sinks.Buffer && !j.further() {
		stop, err := d.Processing(ctx, j.to.RoutingKey, j.entry.Attempt > 1)
		if err != nil {
			return consumer.Outcome{Err: fault.New(fault.Transient, "status_unavailable", "", err)}
		}
		defer stop()
	}
	p := newPusher(d, j, emit)
	err := runStrategy(ctx, j, p)
	switch class := fault.ClassOf(err); {
	case err == nil:
		return d.complete(ctx, j, p)
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && j.expired(d.Now()):
		return d.rejectAfter(ctx, j, p, expired(err))
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return d.rejectAfter(ctx, j, p, fault.New(fault.Timeout, "request_timeout", "the request took longer than it was allowed to", err))
	case ctx.Err() != nil:
		j.end("abandoned") // lost, withdrawn, or shutting down: whoever ends it answers
		return consumer.Outcome{Err: ctx.Err()}
	case class == fault.Transient || class == fault.Throttled:
		j.end("retried")
		return consumer.Outcome{Err: err}
	default:
		return d.rejectAfter(ctx, j, p, err)
	}
}

// runStrategy runs the strategy. A panic is an error of this request.
func runStrategy(ctx context.Context, j *job, p strategies.Pusher) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.New(fault.Permanent, "controller_error", "", fmt.Errorf("strategy panicked: %v\n%s", r, debug.Stack()))
		}
	}()
	return j.strategy.Run(ctx, j.req, p)
}

// complete closes a page whose strategy has run to its end.
func (d *Dispatcher) complete(ctx context.Context, j *job, p *pusher) consumer.Outcome {
	outputs := p.takeHeld()
	for _, w := range p.missing() {
		outputs = append(outputs, p.failure(ctx, w, fault.New(fault.Permanent, "no_result", "the widget's strategy sent no result",
			errors.New("strategy returned without a result"))))
	}
	next := d.endOfRound(j, p)
	outputs = append(outputs, d.closing(j, p, statusComplete, nil)...)
	d.remember(j)
	d.finished(ctx, j, "answered")
	return consumer.Outcome{Outputs: append(outputs, next...)}
}

func (d *Dispatcher) finished(ctx context.Context, j *job, outcome string) {
	j.end(outcome)
	if d.Log.Enabled(ctx, slog.LevelInfo) {
		d.Log.LogAttrs(ctx, slog.LevelInfo, "request "+outcome, j.attrs(slog.Duration("elapsed", d.Now().Sub(j.started)))...)
	}
}

// end tells the observer how this attempt ended.
func (j *job) end(outcome string) {
	if j.ended != nil {
		j.ended(outcome)
		j.ended = nil
	}
}

// attrs are the log attributes that every line about a request carries.
func (j *job) attrs(more ...slog.Attr) []slog.Attr {
	return append([]slog.Attr{
		slog.String("request_id", j.identity()),
		slog.String("entry", j.entry.ID),
		slog.String("routing_key", j.to.RoutingKey),
		slog.String("event", j.req.EventName),
		slog.String("page", j.page()),
		slog.Int("attempt", j.entry.Attempt),
	}, more...)
}
