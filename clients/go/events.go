package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
)

// EventType says what an Event is.
type EventType string

// The types of events.
const (
	// Widget is a message of a widget, Complete the end of a page.
	Widget   EventType = "widget"
	Complete EventType = "complete"
	// Reset says that what was read before is to be forgotten: the newest message of each widget follows.
	Reset EventType = "reset"
)

// Event is one of a stream's.
type Event struct {
	Type EventType
	// ID is where the stream goes on after this event.
	ID string
	// Message is set for Widget and Complete.
	Message *Message
	// Reason says why there is a Reset: trimmed, epoch, unknown_id or slow.
	Reason string
}

// Events follows a request from its start, and ends after its Complete. A live dashboard's ends after that of the last round.
func (c *Client) Events(ctx context.Context, id string) iter.Seq2[Event, error] {
	return c.follow(ctx, requestPath(id)+"/events", "", id)
}

// Stream follows a routing key until ctx ends. after is the ID of the last event that was read, or empty.
func (c *Client) Stream(ctx context.Context, routingKey, after string) iter.Seq2[Event, error] {
	return c.follow(ctx, "/v1/streams/"+url.PathEscape(routingKey)+"/events", after, "")
}

// errOver ends a stream that has come to its end.
var errOver = errors.New("the stream is over")

// follow opens a stream again and again where it was left. An error that is yielded is the last event, and one that does not pass.
func (c *Client) follow(ctx context.Context, path, after, request string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		f := &follower{path: path, after: after, request: request, yield: yield}
		for pause := (backoff{}); ; {
			heard := f.heard
			err := f.read(ctx, c)
			switch {
			case errors.Is(err, errOver):
				return
			case ctx.Err() != nil:
				yield(Event{}, ctx.Err())
				return
			case err != nil && !passing(err) && !errors.Is(err, errBroken):
				yield(Event{}, err)
				return
			}
			if f.heard > heard {
				pause = backoff{}
			}
			if pause.wait(ctx, err) != nil {
				yield(Event{}, ctx.Err())
				return
			}
		}
	}
}

// errBroken is a stream that ended before it was over.
var errBroken = errors.New("the stream broke")

// follower is a stream that is read on after it breaks.
type follower struct {
	path, after, request string
	yield                func(Event, error) bool
	heard                int // frames
}

// read reads the stream until it breaks.
func (f *follower) read(ctx context.Context, c *Client) error {
	header := http.Header{"Accept": {"text/event-stream"}}
	if f.after != "" {
		header.Set("Last-Event-ID", f.after)
	}
	res, err := c.open(ctx, http.MethodGet, f.path, header, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	frames := newFrames(res.Body)
	for {
		frame, err := frames.next()
		if err != nil {
			if errors.Is(err, io.EOF) || ctx.Err() == nil && !errors.Is(err, errTooLong) {
				return errBroken
			}
			return err
		}
		f.heard++
		if err := f.take(frame); err != nil {
			return err
		}
	}
}

// take hands a frame on as an event.
func (f *follower) take(frame frame) error {
	var e Event
	switch frame.event {
	case "hello":
		f.after = later(f.after, frame.id)
		return nil
	case "error":
		p := &ProblemError{}
		if err := json.Unmarshal(frame.data, p); err != nil {
			return fmt.Errorf("client: read an error: %w", err)
		}
		return p
	case "reset":
		var reset struct {
			Reason string `json:"reason"`
		}
		_ = json.Unmarshal(frame.data, &reset) // without a reason it is one all the same
		e = Event{Type: Reset, ID: frame.id, Reason: reset.Reason}
	case "widget", "complete":
		if seen(f.after, frame.id) {
			return nil // it comes a second time
		}
		m, err := messageOf(frame.data)
		if err != nil {
			return err
		}
		e = Event{Type: EventType(frame.event), ID: frame.id, Message: m}
	default:
		return nil // of a later version
	}
	if frame.id != "" {
		f.after = frame.id
	}
	if !f.yield(e, nil) || f.over(&e) {
		return errOver
	}
	return nil
}

// over says that nothing follows: the request that is followed has ended.
func (f *follower) over(e *Event) bool {
	if f.request == "" || e.Type != Complete {
		return false
	}
	var end struct {
		Live *struct {
			NextAt string `json:"next_at"`
		} `json:"live"`
	}
	return json.Unmarshal(e.Message.EventData, &end) != nil || end.Live == nil || end.Live.NextAt == ""
}
