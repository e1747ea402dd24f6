// Package deadletter writes what cannot be served to the rejected stream, and reads it back for
// listing and replay. What came is kept byte for byte.
package deadletter

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Letter is one dead letter.
type Letter struct {
	// Payload is the request as it came.
	Payload string
	// Stream is where it came from, and goes back to when it is replayed.
	Stream string
	// Fields are the entry's fields as they were read; all but the payload are kept beside it.
	Fields []string
	// EventName and RoutingKey are empty where the payload did not tell.
	EventName, RoutingKey string
	// Reason is one of the reasons of package models, Detail the text behind it.
	Reason, Detail string
	// MessageID is the entry's id; First the id under which the request first came.
	MessageID, First string
	Attempts         int
	Deliveries       int64
	Consumer         string
	FailedAt         time.Time
}

// Sink appends to the rejected stream.
type Sink struct {
	Stream string
	MaxLen int64
}

// Write returns the write of l. The contract's fields come first, under the contract's names; of thousands of fields the last ones are folded into one.
func (s *Sink) Write(l *Letter) commit.Op {
	fields := []string{
		"payload", l.Payload,
		"eventName", l.EventName,
		"reason", l.Reason,
		"message_id", l.MessageID,
	}
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, name, value)
		}
	}
	add("routing_key", l.RoutingKey)
	add("error", l.Detail)
	add("attempts", strconv.Itoa(l.Attempts))
	add("deliveries", strconv.FormatInt(l.Deliveries, 10))
	add("consumer", l.Consumer)
	add("failed_at", l.FailedAt.UTC().Format(time.RFC3339Nano))
	add("first_message_id", l.First)
	add("stream", l.Stream)
	for i := 0; i+1 < len(l.Fields); i += 2 {
		if name := l.Fields[i]; name != "payload" && !strings.HasPrefix(name, internalPrefix) {
			fields = append(fields, originalPrefix+name, l.Fields[i+1])
		}
	}
	return commit.Append{Stream: s.Stream, MaxLen: s.MaxLen, Fields: commit.Fold(fields)}
}

const (
	// originalPrefix marks the entry's own further fields.
	originalPrefix = "original:"
	// internalPrefix marks what the consumer adds to an entry that it puts back.
	internalPrefix = "__"
)
