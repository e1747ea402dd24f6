// Package dispatch serves one request: decode, check, enrich, find the strategy, run it, send each
// widget as it gets ready, and close the page. Whatever happens, every asked widget and every page end
// with exactly one terminal message, and what cannot be served ends in the dead letters as it came.
//
// It performs no I/O of its own: what it sends goes through the consumer's emitter, in one atomic step with
// the acknowledgement.
package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
	"github.com/go-dispatcher/dispatcher/internal/strategies/key"
)

// Options are what a Dispatcher is made of.
type Options struct {
	Decoder models.Decoder
	Events  *models.Events
	// Pages returns what there is to serve as it is at the start of one request, which holds it to its end.
	Pages func() Pages
	Sinks Sinks
	// DeadLetters makes the write of a dead letter.
	DeadLetters deadletter.Sink
	// StaleAfter is the age past which a request is not served.
	StaleAfter time.Duration
	// Branding is copied to every output.
	Branding models.Branding
	// Closing sends Page__Complete after the widgets.
	Closing bool
	// OverrideKey, when set, is the routing key of every output.
	OverrideKey string
	// Processing, when set, shows that a polled request runs until stop is called; again says that it was begun before.
	Processing func(ctx context.Context, routingKey string, again bool) (stop func(), err error)
	Rounds     Rounds
	WarmUps    WarmUps
	ClaimCheck ClaimCheck
	// Classes are the streams on which requests of a class go on that come on this one; a class without one is served here.
	Classes map[models.Class]string
	// Cancel returns the write that cancels a request.
	Cancel func(request string) commit.Op
	// Newest makes a request the newest of its tenant, page and routing key, and says as what it is withdrawn, if it is; nil has no page's newest one win.
	Newest func(ctx context.Context, r Newest) (commit.Status, error)
	// Input and Consumer are named in dead letters.
	Input, Consumer string
	Now             func() time.Time
	Log             *slog.Logger
	Observer        Observer
	// Tracer makes a span of each request, under the producer's where the request carries one; nil makes none.
	Tracer trace.Tracer
}

// Sinks are the destinations by stream_tech.
type Sinks struct {
	Stream, Buffer, Care sink.Sink
	// Live is nil where no live service is configured.
	Live sink.Sink
}

// Observer is told what happens, for metrics. Its methods are called from many goroutines.
type Observer interface {
	// RequestStarted returns what is to be called, once, with the outcome.
	RequestStarted(event string) (ended func(outcome string))
	Widget(page, status string, took time.Duration)
	DeadLetter(reason string)
}

// Dispatcher is the consumer's handler for requests.
type Dispatcher struct{ Options }

var _ consumer.Handler = (*Dispatcher)(nil)

// New returns a Dispatcher.
func New(o Options) *Dispatcher { return &Dispatcher{o} }

// Handle serves one entry.
func (d *Dispatcher) Handle(ctx context.Context, e *consumer.Entry, emit consumer.Emitter) (outcome consumer.Outcome) {
	j := d.newJob(e)
	defer j.pages.Release()
	err := d.open(j)
	if d.Tracer != nil {
		var ended func(errs ...error)
		ctx, ended = d.span(ctx, j)
		defer func() { ended(j.rejected, err, outcome.Err) }()
	}
	if d.Observer != nil {
		j.ended = d.Observer.RequestStarted(j.req.EventName)
	}
	if err != nil {
		return d.rejectUnrun(ctx, j, emit, err)
	}
	if j.req.CancelRequest != "" {
		return d.cancel(ctx, j)
	}
	if to := d.Classes[j.class()]; to != "" {
		j.end("passed_on")
		return consumer.Outcome{Stream: to}
	}
	if err = d.begin(ctx, j, emit); err == nil {
		err = d.newest(ctx, j)
	}
	if err != nil {
		j.end(unserved(err))
		return consumer.Outcome{Err: err}
	}
	if j.req.LiveStop && !j.req.CustomerCare && d.Rounds.State != nil {
		return d.stop(ctx, j)
	}
	if j.further() {
		if ended, over := d.over(ctx, j); over {
			return ended
		}
	}
	ctx, stop := j.within(ctx)
	defer stop()
	if j.req.WarmUp {
		return d.warmUp(ctx, j)
	}
	if j.class() == models.Interactive {
		defer d.WarmUps.Idle.Begin()()
	}
	return d.run(ctx, j, emit)
}

// GiveUp answers and dead-letters an entry that will not be run again.
func (d *Dispatcher) GiveUp(ctx context.Context, e *consumer.Entry, emit consumer.Emitter, err error) consumer.Outcome {
	j := d.newJob(e)
	defer j.pages.Release()
	_ = d.open(j) // as far as it can be read; err already says what is wrong
	if w, ok := errors.AsType[*consumer.WithdrawnError](err); ok {
		return d.withdrawn(ctx, j, emit, w.As)
	}
	return d.rejectUnrun(ctx, j, emit, err)
}

// rejectUnrun rejects a request that was not run now. An earlier attempt may have sent a part of it, so the
// ledger is asked first.
func (d *Dispatcher) rejectUnrun(ctx context.Context, j *job, emit consumer.Emitter, err error) consumer.Outcome {
	if err := d.begin(ctx, j, emit); err != nil {
		return consumer.Outcome{Err: err}
	}
	return d.reject(ctx, j, err)
}

// begin names the request to the consumer, and asks what was sent of it.
func (d *Dispatcher) begin(ctx context.Context, j *job, emit consumer.Emitter) (err error) {
	if j.further() {
		j.earlier, err = emit.Begin(ctx, j.identity(), j.marked(), j.base())
	} else {
		j.earlier, err = emit.Begin(ctx, j.identity(), j.marked())
	}
	return err
}

// unserved is the outcome of an attempt that ended before it began.
func unserved(err error) string {
	if w, ok := errors.AsType[*consumer.WithdrawnError](err); ok {
		return string(w.As)
	}
	return "retried"
}

// open decodes, checks and enriches the request and finds its destination and its strategy. What it
// found before an error stays in j, so that the requester can be told.
func (d *Dispatcher) open(j *job) error {
	payload, ok := PayloadOf(j.entry)
	if !ok {
		return fault.New(fault.Reject, models.ReasonNoPayload, "the entry has neither a payload nor a body field", nil)
	}
	req, err := d.Decoder.Decode(payload)
	if req != nil {
		j.req = req
		d.address(j)
	}
	if err != nil || req.CancelRequest != "" {
		return err
	}
	if j.aging() {
		if j.expired(j.started) {
			return expired(nil)
		}
		if err := models.CheckAge(req, entryTime(j.entry.First), j.started, d.StaleAfter); err != nil {
			return err
		}
	}
	if err := d.Events.Enrich(req, j.pages.Declares); err != nil {
		return err
	}
	if req.PageName == "" {
		req.PageName = j.pages.PageOf(req.EventName)
	}
	j.strategy, ok = strategies.Lookup(req.Product, req.PageName, req.PageAlertNotification, j.pages.Finders()...)
	if !ok {
		return fault.New(fault.Reject, models.ReasonUnknownPage,
			"no strategy serves page "+key.PageName(req.PageName)+product(req.Product), nil)
	}
	j.widgets = j.strategy.Widgets(req)
	j.to.Widgets = len(j.widgets)
	if j.unreachable != nil || d.Rounds.State == nil {
		return j.unreachable
	}
	return d.openRound(j)
}

func product(name string) string {
	if name == "" {
		return ""
	}
	return " of product " + name
}

// PayloadOf returns the request's JSON: the field payload, else body.
func PayloadOf(e *consumer.Entry) (string, bool) {
	if p, ok := e.Field("payload"); ok {
		return p, true
	}
	return e.Field("body")
}
