// Package sink states how a message reaches whoever asked for it.
//
// A sink performs no I/O: it turns a message into the writes of package commit, so that delivering
// and acknowledging stay one atomic step. Each destination is a package below it.
package sink

import (
	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Message is one widget's result, one widget's error, or the page's closing message.
type Message struct {
	// Event is the message's name, Page__Widget.
	Event string
	// Widget is the part after the double underscore.
	Widget string
	// Closing marks the page's closing message.
	Closing bool
	// ID is the same for every attempt to send this message, and for no other message.
	ID string
	// Address says who asked.
	Address Address
	// Output is the JSON of the output message, Live that of the live event, Data the event's data alone.
	// They are made when a sink calls them.
	Output, Live, Data func() string
}

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
}

// Sink makes the writes for messages. It is used from many goroutines.
type Sink interface {
	// Name is the destination's label in metrics and logs.
	Name() string
	// Check says whether this sink can reach whoever asked; its error is of class Reject.
	Check(to Address) error
	// Write returns the writes that deliver m, or none where this destination has no use for m.
	Write(m *Message) []commit.Op
	// Finish returns the writes that close the request, made exactly once, with its acknowledgement.
	Finish(to Address) []commit.Op
}
