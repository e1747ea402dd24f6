package feed

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/redis/go-redis/v9"
)

// Message is one entry of an output stream. It never changes, but for its frames.
type Message struct {
	Mark Mark
	// Event is the widget's event, Page__Widget; Request the id of the request that it answers, empty where it says none.
	Event, Request string
	// Complete says that it is a page's closing message, Last that nothing of its request follows: a live dashboard closes each of its rounds.
	Complete, Last bool
	// Payload is the message, JSON on one line.
	Payload []byte

	n      uint64 // of its topic's messages, in order
	frames [Frames]struct {
		once sync.Once
		text []byte
	}
}

// Frames is how many forms a message may be framed in.
const Frames = 4

// Frame returns what a message is written as in a form, made by the first who asks.
func (m *Message) Frame(form int, encode func(*Message) []byte) []byte {
	f := &m.frames[form]
	f.once.Do(func() { f.text = encode(m) })
	return f.text
}

// size is about what the message holds in memory, framed once.
func (m *Message) size() int { return 2*len(m.Payload) + len(m.Event) + len(m.Request) + 256 }

// completeSuffix ends the event of a page's closing message.
const completeSuffix = "__Complete"

// decode reads an entry. One that holds no message is none.
func decode(epoch string, e *redis.XMessage) (*Message, bool) {
	id, ok := ParseID(e.ID)
	if !ok {
		return nil, false
	}
	text, _ := e.Values["payload"].(string)
	m := &Message{Mark: Mark{epoch, id}, Payload: []byte(text)}
	m.Event, _ = e.Values["eventName"].(string)
	data, ok := m.scan()
	if !ok || m.Event == "" {
		return nil, false
	}
	if m.Complete = strings.HasSuffix(m.Event, completeSuffix); m.Complete {
		m.close(data)
	}
	m.Payload = oneLine(m.Payload)
	return m, true
}

// scan reads the fields that are needed, and finds out on the way whether the payload is an object.
func (m *Message) scan() (data jsontext.Value, ok bool) {
	d := jsontext.NewDecoder(bytes.NewBuffer(m.Payload), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, false
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, false
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return nil, false
		}
		switch {
		case key == "request_id":
			m.Request = text(value)
		case key == "eventName" && m.Event == "":
			m.Event = text(value)
		case key == "eventData" && strings.HasSuffix(m.Event, completeSuffix):
			data = value.Clone()
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	_, err := d.ReadToken()
	return data, errors.Is(err, io.EOF)
}

func text(v jsontext.Value) (s string) {
	if v.Kind() != '"' || json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// close reads a closing message's data. Where it cannot be read, nothing follows.
func (m *Message) close(data jsontext.Value) {
	var c struct {
		RequestID string `json:"request_id"`
		Live      *struct {
			Ended string `json:"ended"`
		} `json:"live"`
	}
	_ = json.Unmarshal(data, &c)
	if m.Request == "" {
		m.Request = c.RequestID
	}
	m.Last = c.Live == nil || c.Live.Ended != ""
}

// oneLine has a JSON text without line breaks, which stand only between its tokens.
func oneLine(b []byte) []byte {
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	for i, c := range b {
		if c == '\n' || c == '\r' {
			b[i] = ' '
		}
	}
	return b
}
