package models

import (
	"bytes"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// options are those of every message; joining them costs more than many a message does.
//
//nolint:gochecknoglobals // a constant
var options = json.JoinOptions(json.Deterministic(true), jsontext.AllowInvalidUTF8(true))

// Marshal returns the JSON of an event's data. NaN and infinities are null, invalid UTF-8 is replaced.
func Marshal(v any) ([]byte, error) {
	e, err := Encode(v)
	if err != nil {
		return nil, err
	}
	defer e.Release()
	return bytes.Clone(e.JSON()), nil
}

// Encoding is the JSON of an event's data in memory that is used again: nothing may refer to it once it is released.
type Encoding struct{ buffer bytes.Buffer }

//nolint:gochecknoglobals // a pool
var encodings = sync.Pool{New: func() any { return new(Encoding) }}

// keepEncoding is how large a buffer may be that is kept for the next encoding.
const keepEncoding = 64 << 10

// Encode is Marshal without the copy.
func Encode(v any) (*Encoding, error) {
	e := encodings.Get().(*Encoding) //nolint:forcetypeassert // the pool holds nothing else
	err := json.MarshalWrite(&e.buffer, v, options)
	if err != nil {
		e.buffer.Reset()
		// A number that JSON does not have: rare enough to pay for a look at each only now.
		err = json.MarshalWrite(&e.buffer, v, options, json.WithMarshalers(
			json.MarshalToFunc(func(e *jsontext.Encoder, f float64) error {
				if math.IsNaN(f) || math.IsInf(f, 0) {
					return e.WriteToken(jsontext.Null)
				}
				return errors.ErrUnsupported // the usual way
			})))
	}
	if err != nil {
		e.Release()
		return nil, err
	}
	return e, nil
}

// JSON is the JSON, until it is released.
func (e *Encoding) JSON() []byte { return e.buffer.Bytes() }

// Release gives the memory back.
func (e *Encoding) Release() {
	if e.buffer.Cap() <= keepEncoding {
		e.buffer.Reset()
		encodings.Put(e)
	}
}

// ErrorBody is an error as a requester sees it: a stable code, and a sentence that is safe to show.
type ErrorBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ErrorData returns the event data of a widget that failed.
func ErrorData(code, message string) []byte {
	b := appendString([]byte(`{"status":"error","error":{"code":`), code)
	b = appendString(append(b, `,"message":`...), message)
	return append(b, `}}`...)
}

// FailedWidget is a widget that ended with an error.
type FailedWidget struct {
	Widget  string `json:"widget"`
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
}

// Complete is the event data of the page's closing message.
type Complete struct {
	Status       string         `json:"status"` // complete, failed, rejected, expired, canceled or superseded
	RequestID    string         `json:"request_id"`
	WidgetsAsked []string       `json:"widgets_asked"`
	Sent         []string       `json:"sent"`
	Failed       []FailedWidget `json:"failed"`
	ElapsedMS    int64          `json:"elapsed_ms"`
	Error        *ErrorBody     `json:"error,omitempty"`
	// Live is set for live dashboards.
	Live *Live `json:"live,omitempty"`
}

// Live says how the rounds of a live dashboard go on.
type Live struct {
	// Round counts from 0, the answer to the request itself.
	Round int `json:"round"`
	// Unchanged are the widgets that would have said what they said last.
	Unchanged []string  `json:"unchanged"`
	NextAt    time.Time `json:"next_at,omitzero"`
	Until     time.Time `json:"until,omitzero"`
	// Ended says why no further round follows; empty while one does.
	Ended string `json:"ended,omitempty"`
}

// Why live dashboards end.
const (
	EndedTime    = "time_is_up"
	EndedNobody  = "nobody_listens"
	EndedStopped = "stopped"
	EndedByFault = "failed"
	// EndedWithdrawn is that of a live dashboard whose request was canceled, or which another took the place of.
	EndedWithdrawn = "withdrawn"
)

// JSON returns the closing message's data.
func (c Complete) JSON() []byte {
	b, err := json.Marshal(c, options)
	if err != nil {
		return ErrorData("encoding_failed", "the closing message could not be encoded")
	}
	return b
}
