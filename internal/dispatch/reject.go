package dispatch

import (
	"context"
	"log/slog"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

// reject ends a request that was not run: each asked widget gets the error, the page is closed, and the
// request goes to the dead letters as it came.
func (d *Dispatcher) reject(ctx context.Context, j *job, err error) consumer.Outcome {
	return d.rejectAfter(ctx, j, newPusher(d, j, nil), err)
}

// rejectAfter does the same for a request that p may have sent a part of.
func (d *Dispatcher) rejectAfter(ctx context.Context, j *job, p *pusher, err error) consumer.Outcome {
	if j.req.WarmUp {
		return d.rejectWarmUp(ctx, j, p, err)
	}
	reason := deadReason(err)
	shown := fault.New(fault.ClassOf(err), reason, fault.SafeText(err), err)
	j.rejected = shown
	var outputs []commit.Output
	if j.sink != nil {
		outputs = p.takeHeld()
		for _, w := range p.missing() {
			outputs = append(outputs, p.failure(ctx, w, shown))
		}
		outputs = append(outputs, d.closing(j, p, closingStatus(err), shown)...)
	}
	outputs = append(outputs, commit.Output{Ops: []commit.Op{d.DeadLetters.Write(d.letter(j, reason, err))}})
	if d.Observer != nil {
		d.Observer.DeadLetter(reason)
	}
	d.Log.LogAttrs(ctx, slog.LevelWarn, "request dead-lettered",
		j.attrs(slog.String("reason", reason), slog.Any("error", err))...)
	d.finished(ctx, j, "dead_lettered")
	return consumer.Outcome{Outputs: outputs}
}

// letter keeps the request byte for byte.
func (d *Dispatcher) letter(j *job, reason string, err error) *deadletter.Letter {
	l := &deadletter.Letter{
		EventName: j.req.EventName, RoutingKey: j.req.RoutingKey,
		Reason: reason, Detail: err.Error(),
		MessageID: j.entry.ID, First: j.entry.First,
		Attempts: j.entry.Attempt, Deliveries: j.entry.Deliveries,
		Consumer: d.Consumer, FailedAt: d.Now(), Stream: d.Input, Fields: j.entry.Fields,
	}
	l.Payload, _ = PayloadOf(j.entry)
	return l
}

// deadReason maps an error to a dead letter's reason: its own where it has one, else the contract's
// general one.
func deadReason(err error) string {
	switch fault.ClassOf(err) {
	case fault.Timeout:
		return models.ReasonTimeout
	case fault.Permanent:
		if r := fault.ReasonOf(err); r != "internal_error" {
			return r
		}
		return models.ReasonController
	default:
		return fault.ReasonOf(err)
	}
}

func closingStatus(err error) string {
	if fault.ReasonOf(err) == models.ReasonExpired {
		return statusExpired
	}
	if fault.ClassOf(err) == fault.Reject {
		return statusRejected
	}
	return statusFailed
}
