// Package commit is the one atomic step: it publishes a request's outputs and acknowledges the request
// in a single server-side script, so that a crash at any moment leaves each output written exactly once.
//
// A Submission is either progress (outputs of a request that goes on) or final (the last outputs and
// the acknowledgement). The script is idempotent: what the ledger says was sent is not sent again, what is
// no longer held by this consumer is refused, what is marked done stays done. Submissions of many
// requests are batched into one call by arrival, without a timer.
package commit

import "time"

// Status says what the server made of a submission.
type Status string

// The outcomes of a submission.
const (
	// Done: the outputs that were new are written, and a final submission is acknowledged.
	Done Status = "done"
	// Duplicate: the request was finished before, by another entry with its id; a final
	// submission is acknowledged, and nothing is written.
	Duplicate Status = "duplicate"
	// Fenced: the entry is no longer held by this consumer; nothing is written.
	Fenced Status = "fenced"
	// Canceled and Superseded: the request is withdrawn; nothing is written, and its entry stays pending until its end is committed.
	Canceled   Status = "cancelled"
	Superseded Status = "superseded"
)

// Submission is one request's part of a commit.
type Submission struct {
	// Entry is the stream entry that the outputs answer. It must be pending for this consumer. Empty for outputs that answer none.
	Entry string
	// Gone says that the entry was removed from the stream while it was pending, and that its dead letter is written: it need then be pending for anyone.
	Gone bool
	// Request is the request's identity: its request_id, else the id of its first stream entry.
	Request string
	// Marked says that Request came from the producer (request_id), so that a done mark must
	// outlive the entry to answer a resent request.
	Marked bool
	// Outputs are written in order.
	Outputs []Output
	// Final acknowledges the entry and removes the ledger.
	Final bool
	// Fresh says that the ledger cannot hold anything: nothing of this request was sent before. It
	// spares the server the look.
	Fresh bool
	// Lane is the same for all submissions of an entry, which keeps its outputs in order. Entries that were read together
	// share one: the server looks up what this consumer holds from the lowest to the highest entry of a call.
	Lane uint8
	// Elsewhere, on a final submission, says that the request goes on as an entry of another stream, which Outputs write: it is not done, and its
	// ledger stays.
	Elsewhere bool
	// Withdrawn has the submission committed although its request may be withdrawn: it is how such a request ends.
	Withdrawn bool
	// Requeue, on a final submission, puts the entry's fields back after a pause instead of marking the request done.
	Requeue *Requeue
}

// Output is one message, written at most once for its request.
type Output struct {
	// Key names the output within its request: the widget event. Empty means not in the ledger:
	// such an output is only allowed in a final submission.
	Key string
	// Note is kept in the ledger under Key: "ok", or an error code.
	Note string
	// Ops are the writes that make up the output.
	Ops []Op
	// Unless keeps Ops from being written twice by different requests; nil for most outputs.
	Unless *Unless
}

// Unless has an output written only where none of some keys is there, and sets them in the same step: two requests that mean to say the same
// thing at once say it once. On another backend than the broker the writes there are made in any case.
type Unless struct {
	Keys  []string
	Value string
	TTL   time.Duration
	// Else are written in place of the output's Ops where a key is there.
	Else []Op
}

// Op is one write. Ops is closed: the script knows each of them.
type Op interface{ op() }

// Append adds an entry to a stream (XADD).
type Append struct {
	Stream string
	MaxLen int64    // approximate cap; 0 is none
	TTL    int64    // seconds that the stream is kept from now on; 0 leaves its time as it is
	Fields []string // name, value, name, value, …
}

// SetField sets one field of a hash and renews the hash's time to live (HSET, EXPIRE).
type SetField struct {
	Key, Field, Value string
	TTL               int64 // seconds
	// CompleteAt and CompleteTTL: when the hash has CompleteAt fields the time to live becomes CompleteTTL.
	CompleteAt, CompleteTTL int64
}

// CountFinished counts one finished request of a poll buffer: it increments CountField of the hash
// Key, and when the count reaches total_messages of the hash's __meta__ field (1 where there is
// none) sets StatusKey to DoneStatus with the given time to live.
type CountFinished struct {
	Key, CountField, StatusKey, DoneStatus string
	TTL                                    int64 // seconds, of Key and of StatusKey
	// Least leaves the request uncounted where fewer than so many are announced.
	Least int64
}

// Round goes on with a request that is answered in rounds, or ends it where Next is nil. Key holds whose rounds are answered:
// a request that is not its holder any more goes on no longer, whatever it schedules. An output with it has no key and belongs to a
// final submission.
type Round struct {
	// Key is one of Names.Rounds.
	Key string
	// Holder is the entry in which the request first came.
	Holder string
	// First takes the key, unless a later request has it already; otherwise Holder must have it.
	First bool
	// TTL is how long the key stays, in seconds; 0 leaves the time that it has.
	TTL  int64
	Next *Requeue
}

// Requeue puts a request back for a later attempt.
type Requeue struct {
	Fields []string // the new entry's fields
	At     time.Time
}

// Queue adds an entry to a stream in the line of its key: the stream holds one entry of a key at a time, the others wait behind it, in their order,
// until Pass gives the turn on. So the entries of a key are served one after the other, whoever serves them and however often each is tried.
type Queue struct {
	Stream, Key string
	Fields      []string // name, value, name, value, …
}

// Pass ends the turn of a key's entry, together with its acknowledgement: the next in the line goes onto the stream. Turn is the id under which
// the entry first came; an entry whose turn it is not passes on nothing.
type Pass struct {
	Stream, Key, Turn string
}

func (Append) op()        {}
func (Queue) op()         {}
func (Pass) op()          {}
func (SetField) op()      {}
func (CountFinished) op() {}
func (Round) op()         {}
