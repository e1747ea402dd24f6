package events

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/feed"
)

// form is how frames are written.
type form struct {
	index       int // of the frames that a message keeps
	chunked     bool
	contentType string
	heartbeat   []byte
	frame       func(dst []byte, event, id string, data []byte) []byte
}

const lines = "application/x-ndjson"

// formOf returns the form that a request asks for.
func formOf(r *http.Request) form {
	for _, accept := range r.Header.Values("Accept") {
		if strings.Contains(accept, lines) {
			return form{1, false, lines, []byte(`{"event":"heartbeat"}` + "\n"), appendLine}
		}
	}
	return form{0, false, "text/event-stream", []byte(": \n\n"), appendSSE}
}

// forms is how many there are without chunks.
const forms = 2

// chunks is the form in which each frame is a chunk of its own.
func (f form) chunks() form {
	f.index, f.chunked = f.index+forms, true
	f.heartbeat = f.wire(f.heartbeat)
	return f
}

// wire returns a frame as it goes over the connection.
func (f *form) wire(frame []byte) []byte {
	if !f.chunked {
		return frame
	}
	return append(append(append(strconv.AppendInt(make([]byte, 0, len(frame)+12), int64(len(frame)), 16), "\r\n"...), frame...), "\r\n"...)
}

// event returns a frame of an event.
func (f *form) event(event, id string, data []byte) []byte {
	return f.wire(f.frame(make([]byte, 0, len(data)+96), event, id, data))
}

// appendSSE appends an event as browsers read it. data has no line break.
func appendSSE(dst []byte, event, id string, data []byte) []byte {
	if id != "" {
		dst = append(append(append(dst, "id: "...), id...), '\n')
	}
	dst = append(append(append(dst, "event: "...), event...), '\n')
	return append(append(append(dst, "data: "...), data...), "\n\n"...)
}

// appendLine appends an event as a line of JSON. Names and ids are ours and need no escaping.
func appendLine(dst []byte, event, id string, data []byte) []byte {
	dst = append(append(append(dst, `{"event":"`...), event...), '"')
	if id != "" {
		dst = append(append(append(dst, `,"id":"`...), id...), '"')
	}
	return append(append(append(dst, `,"data":`...), data...), "}\n"...)
}

// message returns a message as it is written, made once for all.
func (f *form) message(m *feed.Message) []byte {
	return m.Frame(f.index, func(m *feed.Message) []byte {
		event := "widget"
		if m.Complete {
			event = "complete"
		}
		return f.event(event, m.Mark.String(), m.Payload)
	})
}

// hello is the first frame. Browsers are told when to come back, each at another time, so that a process that ends is not followed by a storm.
func (f *form) hello(h feed.Hello) []byte {
	var dst []byte
	if f.index%forms == 0 {
		dst = fmt.Appendf(dst, "retry: %d\n", 1000+rand.N(4000))
	}
	return f.wire(f.frame(dst, "hello", h.Mark.String(), encode(struct {
		Epoch   string `json:"epoch"`
		Resumed bool   `json:"resumed"`
	}{h.Mark.Epoch, h.Resumed})))
}

func (f *form) reset(d *feed.Delivery) []byte {
	return f.event("reset", d.Mark.String(), encode(struct {
		Reason feed.Reason `json:"reason"`
	}{d.Reset}))
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // texts, numbers and booleans: it cannot fail
		return []byte("{}")
	}
	return b
}
