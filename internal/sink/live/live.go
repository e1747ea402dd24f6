// Package live delivers messages to the live/SSE service (stream_tech SSE): by a plain POST, or as Centrifugo or a Mercure hub takes them (Service).
//
// A message is first added to an outbox stream, in the same atomic step as the request's acknowledgement; a
// consumer of that stream posts it. So a live service that is down, or a worker that
// is killed, delays an event and never loses it. A post may happen twice (a reply can get lost), always
// under the same webhook-id. Events of one routing key are posted one after the other, in their order: the next one
// when the last one was taken, or has gone to the dead letters.
package live

import (
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink"
)

// The outbox entry's fields.
const (
	fieldPayload    = "payload"
	fieldID         = "webhook_id"
	fieldEvent      = "eventName"
	fieldRoutingKey = "routing_key"
	fieldRoundKey   = "round_key"
	fieldHolder     = "round_holder"
	// fieldMade is when the event was made, in ms. Dead letters leave it out, so that one that is replayed has its time anew.
	fieldMade = "__made"
)

// Sink appends to the outbox.
type Sink struct {
	// Outbox is the outbox stream's name.
	Outbox string
	Now    func() time.Time
}

var _ sink.Sink = (*Sink)(nil)

// Name returns "live".
func (s *Sink) Name() string { return "live" }

// Check refuses an address without a usable routing key.
func (s *Sink) Check(to sink.Address) error { return models.CheckRoutingKey(to.RoutingKey) }

// Write adds the live event to the line of its routing key. The outbox has no cap: nothing in it has been delivered yet.
func (s *Sink) Write(m *sink.Message) []commit.Op {
	fields := []string{
		fieldPayload, m.Live(),
		fieldID, m.ID(),
		fieldEvent, m.Envelope.Event(),
		fieldRoutingKey, m.Address.RoutingKey,
		fieldMade, strconv.FormatInt(s.Now().UnixMilli(), 10),
	}
	if m.Address.RoundKey != "" {
		fields = append(fields, fieldRoundKey, m.Address.RoundKey, fieldHolder, m.Address.Holder)
	}
	return []commit.Op{commit.Queue{Stream: s.Outbox, Key: m.Address.RoutingKey, Fields: fields}}
}

// Finish has nothing to do: the closing message is the end of a live page.
func (s *Sink) Finish(sink.Address) []commit.Op { return nil }
