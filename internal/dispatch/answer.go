package dispatch

import (
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/locale"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink"
)

// closingWidget is the closing message's name after the double underscore.
const closingWidget = "Complete"

// How a page ended, in the closing message.
const (
	statusComplete = "complete"
	statusFailed   = "failed"
	statusRejected = "rejected"
	statusExpired  = "expired"
)

// output returns the output of one widget's message.
func (p *pusher) output(widget, note string, data []byte) commit.Output {
	return p.d.message(p.j, widget, note, data)
}

// errorOutput returns the output of a widget's error message.
func (p *pusher) errorOutput(widget string, err error) commit.Output {
	code := fault.ReasonOf(err)
	return p.d.message(p.j, widget, code, models.ErrorData(code, p.j.says(err)))
}

// says is what the requester reads of an error, in the request's language.
func (j *job) says(err error) string { return fault.SafeTextIn(err, locale.Base(j.req.Language)) }

// message makes the output of one message: its JSON once, its writes by the request's sink.
func (d *Dispatcher) message(j *job, widget, note string, data []byte) commit.Output {
	event := j.event(widget)
	return commit.Output{
		Key:  event,
		Note: note,
		Ops: j.sink.Write(&sink.Message{
			Envelope: models.NewEnvelope(j.req, event, data, d.Branding),
			Widget:   widget, Closing: widget == closingWidget, Address: &j.to,
		}),
	}
}

// closing returns what ends the request at its sink: Page__Complete, where it is wanted, and the
// sink's own closing writes. cause is set when the request as a whole failed.
func (d *Dispatcher) closing(j *job, p *pusher, status string, cause error) []commit.Output {
	if j.sink == nil {
		return nil
	}
	var outputs []commit.Output
	if cause == nil && p.silent() {
		// It has nothing to say, and that is what was asked for.
	} else if d.Closing || j.req.WarmUp || (cause != nil && len(j.widgets) == 0) {
		// Without any widget to answer for, the closing message is all that a requester can hear.
		outputs = append(outputs, d.message(j, closingWidget, status, p.summary(status, cause)))
	}
	if j.further() {
		return outputs // the request was finished by its own answer
	}
	if ops := j.sink.Finish(j.to); len(ops) > 0 {
		outputs = append(outputs, commit.Output{Ops: ops})
	}
	return outputs
}

// summary returns the closing message's data.
func (p *pusher) summary(status string, cause error) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := models.Complete{
		Status: status, RequestID: p.j.identity(), WidgetsAsked: p.j.widgets,
		ElapsedMS: p.d.Now().Sub(p.j.started).Milliseconds(),
	}
	for _, e := range p.ends {
		switch {
		case !e.ended, e.note == noteSilent, e.note == noteUnchanged:
		case e.note == noteOK:
			c.Sent = append(c.Sent, e.widget)
		default:
			c.Failed = append(c.Failed, models.FailedWidget{Widget: e.widget, Code: e.note, Message: e.text})
		}
	}
	if cause != nil {
		c.Error = &models.ErrorBody{Code: fault.ReasonOf(cause), Message: p.j.says(cause)}
	}
	if c.Live = p.j.live; c.Live == nil && p.j.round != nil {
		c.Live = &models.Live{Round: p.j.round.N, Until: p.j.round.Until, Ended: models.EndedByFault}
	}
	return c.JSON()
}
