// Package sink states how a message reaches whoever asked for it.
//
// A sink performs no I/O: it turns a message into the writes of package commit, so that delivering
// and acknowledging stay one atomic step. Each destination is a package below it.
package sink

import (
	"unsafe"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Message is one widget's result, one widget's error, or the page's closing message.
type Message struct {
	// Envelope is the message itself, in the shapes that the contract knows.
	Envelope models.Envelope
	// Widget is the part of its event's name after the double underscore.
	Widget string
	// Closing marks the page's closing message.
	Closing bool
	// Address says who asked.
	Address *Address
}

// ID is the same for every attempt to send this message, and for no other message.
func (m *Message) ID() string { return m.Address.Request + ":" + m.Envelope.Event() }

// Output is the JSON of the output message.
func (m *Message) Output() string { return text(m.Envelope.AppendJSON(nil)) }

// Live is the JSON of the live event.
func (m *Message) Live() string { return text(m.Envelope.AppendLiveJSON(nil, m.Address.RoutingKey)) }

// Data is the JSON of the event's data alone.
func (m *Message) Data() string { return string(m.Envelope.Data()) }

// text returns bytes that nobody changes any more as a string, without copying a message once more.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Address is who asked and how the answer travels, the same for all messages of a request.
type Address struct {
	// RoutingKey names the reader.
	RoutingKey string
	// Request is the request's identity.
	Request string
	// CompanyID and JobID address the hash that the customer-care API polls.
	CompanyID, JobID string
	// Widgets is how many widgets were asked for.
	Widgets int
	// TTL is how many seconds the reader's stream is kept after a message; 0 leaves it as it is.
	TTL int64
	// Superseded says that a later request of the same reader is answered in place of this one.
	Superseded bool
	// RoundKey and Holder are set for live dashboards, as package commit has them: whose destination finds nobody can end it.
	RoundKey, Holder string
}

// Sink makes the writes for messages. It is used from many goroutines.
type Sink interface {
	// Name is the destination's label in metrics and logs.
	Name() string
	// Check says whether this sink can reach whoever asked; its error is of class Reject.
	Check(to Address) error
	// Write returns the writes that deliver m, or none where this destination has no use for m. They hold nothing of m but what its
	// methods return and its texts: the memory of the envelope's data is used again.
	Write(m *Message) []commit.Op
	// Finish returns the writes that close the request, made exactly once, with its acknowledgement.
	Finish(to Address) []commit.Op
}
