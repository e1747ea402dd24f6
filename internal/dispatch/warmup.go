package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/idle"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// A warm-up is a request for what is kept of its answer: it is planned and computed like any other of its tenant, held against budgets of which that of rows a minute is all warm-ups' own, and its widgets are not sent. Nobody waits
// for it, so that it runs when nothing does that somebody waits for, gives way at once, and is no dead letter.

// WarmUps say which pages are worth one, and when they run.
type WarmUps struct {
	// Remember is told of each page that somebody waited for, was answered, and something is kept of, with the keys that decide its answer besides those that the contract names; nil is not.
	// It does not wait.
	Remember func(req *models.Request, asked time.Time, parameters []string)
	// Idle knows what runs that somebody waits for, in all of the process.
	Idle *idle.Watch
}

const (
	// warmUpPatience is how long a warm-up waits for a quiet moment, warmUpAttempts how often it begins. What it has computed before it gave way is kept.
	warmUpPatience = time.Minute
	warmUpAttempts = 5
)

// errBusy is the end of a warm-up that found no quiet moment that was long enough.
func errBusy() error {
	return fault.New(fault.Reject, "busy", "there was no moment in which nobody waited for something else", idle.ErrBusy)
}

// remember has a page asked for again some day.
func (d *Dispatcher) remember(j *job) {
	if d.WarmUps.Remember == nil || j.class() != models.Interactive || j.req.CustomerCare {
		return
	}
	if kept, ok := j.strategy.(strategies.Kept); ok {
		if parameters, ok := kept.Kept(j.req); ok {
			d.WarmUps.Remember(j.req, j.asked(), parameters)
		}
	}
}

// warmUp computes a page, and says at its end which of its widgets failed.
func (d *Dispatcher) warmUp(ctx context.Context, j *job) consumer.Outcome {
	w := warming{p: newPusher(d, j, nil)}
	err := d.whenIdle(ctx, func(ctx context.Context) error { return runStrategy(ctx, j, w) })
	if err != nil && ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		j.end("abandoned")
		return consumer.Outcome{Err: ctx.Err()}
	}
	if err != nil {
		return d.rejectWarmUp(ctx, j, w.p, err)
	}
	d.finished(ctx, j, "warmed_up")
	return consumer.Outcome{Outputs: d.closing(j, w.p, statusComplete, nil)}
}

// rejectWarmUp ends a warm-up that was not run to its end.
func (d *Dispatcher) rejectWarmUp(ctx context.Context, j *job, p *pusher, err error) consumer.Outcome {
	outcome := "not_warmed_up"
	if errors.Is(err, idle.ErrBusy) {
		outcome = "gave_way"
	}
	d.finished(ctx, j, outcome)
	return consumer.Outcome{Outputs: d.closing(j, p, closingStatus(err), err)}
}

// whenIdle runs what nobody waits for, from its beginning where it had to give way.
func (d *Dispatcher) whenIdle(ctx context.Context, run func(context.Context) error) error {
	for range warmUpAttempts {
		quiet, done, err := d.WarmUps.Idle.Wait(ctx, warmUpPatience)
		if errors.Is(err, idle.ErrBusy) {
			return errBusy()
		}
		if err != nil {
			return err
		}
		err = run(quiet)
		over := errors.Is(context.Cause(quiet), idle.ErrOver)
		done()
		if !over {
			return err
		}
	}
	return errBusy()
}

// warming takes a page's widgets, and sends none of them.
type warming struct{ p *pusher }

var _ strategies.Pusher = warming{}

// Sent says that a widget was computed before the warm-up gave way.
func (w warming) Sent(widget string) bool { return w.p.Sent(widget) }

// Push notes that a widget is computed.
func (w warming) Push(ctx context.Context, widget string, _ any) error {
	w.p.claim(ctx, end{widget: widget, note: noteOK})
	return nil
}

// Written has nothing to say: nothing is on its way.
func (warming) Written() <-chan struct{} { return nil }

// Fail notes why it is not.
func (w warming) Fail(ctx context.Context, widget string, err error) error {
	w.p.claim(ctx, w.p.failed(widget, err))
	return nil
}
