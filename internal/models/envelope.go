package models

import (
	"github.com/go-json-experiment/json/jsontext"
)

// Branding is the white-label fields, in lower snake case with their values, in order. It is
// encoded once.
type Branding struct{ encoded []byte }

// NewBranding encodes names and values; empty values are left out.
func NewBranding(pairs ...[2]string) Branding {
	var b []byte
	for _, p := range pairs {
		b = appendText(b, p[0], p[1])
	}
	return Branding{encoded: b}
}

// Envelope is one output message.
type Envelope struct {
	request  *Request
	event    string
	data     []byte
	branding Branding
}

// NewEnvelope returns the message of an event. data is JSON, which the envelope refers to.
func NewEnvelope(r *Request, event string, data []byte, b Branding) Envelope {
	return Envelope{request: r, event: event, data: data, branding: b}
}

// Event returns the message's name, Page__Widget.
func (e *Envelope) Event() string { return e.event }

// Data returns the event's data.
func (e *Envelope) Data() []byte { return e.data }

// AppendJSON appends the output message: eventName, eventData, what the request hands through, and the branding. Empty
// fields are left out.
func (e *Envelope) AppendJSON(dst []byte) []byte {
	if dst == nil {
		dst = make([]byte, 0, len(e.data)+len(e.branding.encoded)+256)
	}
	r := e.request
	dst = appendFirst(dst, "eventName", e.event)
	dst = appendRaw(dst, "eventData", e.data)
	dst = appendText(dst, "monitor_id", r.MonitorID)
	dst = appendText(dst, "data_source", r.DataSource)
	dst = appendRaw(dst, "metadata", r.Metadata)
	dst = appendText(dst, "stream_tech", r.StreamTech)
	dst = appendText(dst, "queue_name", r.QueueName)
	dst = appendText(dst, "exporter_id", r.ExporterID)
	dst = appendText(dst, "job_id", r.JobID)
	dst = appendText(dst, "language", r.Language)
	dst = appendText(dst, "request_id", r.RequestID)
	dst = append(dst, e.branding.encoded...)
	return append(dst, '}')
}

// AppendLiveJSON appends the event as the live service takes it, and the branding.
func (e *Envelope) AppendLiveJSON(dst []byte, routingKey string) []byte {
	dst = appendFirst(dst, "eventName", e.event)
	dst = appendRaw(dst, "eventData", e.data)
	dst = appendString(append(dst, `,"queue_name":`...), e.request.QueueName)
	dst = appendString(append(dst, `,"routing_key":`...), routingKey)
	dst = appendText(dst, "monitor_id", e.request.MonitorID)
	dst = appendText(dst, "data_source", e.request.DataSource)
	dst = append(dst, e.branding.encoded...)
	return append(dst, '}')
}

func appendFirst(dst []byte, name, text string) []byte {
	dst = append(dst, `{"`...)
	dst = append(dst, name...)
	return appendString(append(dst, `":`...), text)
}

// appendText appends a field, unless it is empty. Names are ours and need no escaping.
func appendText(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return appendString(dst, text)
}

func appendRaw(dst []byte, name string, raw []byte) []byte {
	if len(raw) == 0 {
		return dst
	}
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return append(dst, raw...)
}

// appendString appends a JSON string. Invalid UTF-8 is replaced: a message is always valid JSON.
func appendString(dst []byte, s string) []byte {
	out, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return out // the string as quoted, with U+FFFD in place of what was invalid
	}
	return out
}
