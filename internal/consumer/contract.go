package consumer

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Entry is one entry of the input stream, held by this consumer.
type Entry struct {
	ID     string
	Fields []string // name, value, name, value, … exactly as read
	// First is the id of the entry in which the request first came; ID unless it was put back.
	First string
	// Attempt counts executions from 1, over redeliveries and retries.
	Attempt int
	// Deliveries counts how often the stream handed the entry out.
	Deliveries int64
	// gone says that the entry itself was removed from the stream while it was pending.
	gone bool
}

// Field returns the value of the first field with the given name.
func (e *Entry) Field(name string) (string, bool) {
	for i := 0; i+1 < len(e.Fields); i += 2 {
		if e.Fields[i] == name {
			return e.Fields[i+1], true
		}
	}
	return "", false
}

// Handler computes requests. The consumer calls Handle from as many goroutines as it has slots, each entry
// from one of them. It recovers panics of both methods.
type Handler interface {
	// Handle serves one entry. What it emits is published at once; what the Outcome holds is
	// published together with the acknowledgement. ctx is canceled when the lease is lost, the request is
	// withdrawn or the drain's grace period is over: its Outcome is then not used. When Options.Timeout has passed ctx ends with
	// DeadlineExceeded, and the Outcome counts.
	Handle(ctx context.Context, e *Entry, emit Emitter) Outcome
	// GiveUp returns the dead letter and the requester's answer for an entry that will not be run
	// again, and for a WithdrawnError the answer alone. It may call emit.Begin, and nothing else of emit.
	GiveUp(ctx context.Context, e *Entry, emit Emitter, err error) Outcome
}

// Emitter publishes progress.
type Emitter interface {
	// Begin names the request, once, before the first Emit, and returns what earlier attempts have
	// sent (output key → note). marked says that the producer chose the name, also lists further ones under which it may be withdrawn. Where it is, a
	// WithdrawnError says so, and Handle returns it.
	Begin(ctx context.Context, request string, marked bool, also ...string) (sent map[string]string, err error)
	// Emit queues outputs. It does not wait for the server; an error says that the entry is lost.
	Emit(ctx context.Context, outputs ...commit.Output) error
	// Written is closed when the server has answered for all that was emitted so far, whatever it said; nil where it has.
	Written() <-chan struct{}
}

// Outcome is how an entry ended.
type Outcome struct {
	// Outputs are published with the acknowledgement.
	Outputs []commit.Output
	// Stream, when it is set, is where the request goes on as it came, in place of being answered here; the rest is empty then.
	Stream string
	// Err, when it is set, is why the request failed: transient and throttled errors are retried with
	// back-off until the attempts are used up, then GiveUp is asked. A request that has been answered
	// (even with errors) has none.
	Err error
	// After is the shortest pause before the retry.
	After time.Duration
	// Uncharged says that nothing was tried: the entry is put off for After, and that does not count as an attempt.
	Uncharged bool
}
