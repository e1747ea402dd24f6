// Package stream delivers messages to Redis output streams, one a routing key: the contract's default.
package stream

import (
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink"
)

// Sink appends to the stream Prefix + routing key.
type Sink struct {
	// Prefix is the first part of every output stream's name.
	Prefix string
	// MaxLen is the approximate cap of each stream; 0 is none.
	MaxLen int64
}

var _ sink.Sink = (*Sink)(nil)

// Name returns "stream".
func (s *Sink) Name() string { return "stream" }

// Check refuses an address without a usable routing key: nobody could read the answer.
func (s *Sink) Check(to sink.Address) error { return models.CheckRoutingKey(to.RoutingKey) }

// Write appends the message with the fields that the contract names.
func (s *Sink) Write(m *sink.Message) []commit.Op {
	var w struct { // one piece of memory for what is needed as long
		ops    [1]commit.Op
		fields [6]string
	}
	w.fields = [...]string{
		"payload", m.Output(),
		"eventName", m.Envelope.Event(),
		"routing_key", m.Address.RoutingKey,
	}
	w.ops[0] = commit.Append{Stream: s.Prefix + m.Address.RoutingKey, MaxLen: s.MaxLen, TTL: m.Address.TTL, Fields: w.fields[:]}
	return w.ops[:]
}

// Finish has nothing to do: the closing message is the end of a stream's page.
func (s *Sink) Finish(sink.Address) []commit.Op { return nil }
