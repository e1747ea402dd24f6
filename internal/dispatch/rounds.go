package dispatch

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// A live dashboard is answered in rounds. Each is an entry of the input stream like any other: the commit that ends one puts the next one
// into the delayed set, in the same atomic step. So no round holds a slot between two answers, and a worker that dies in one leaves it to a
// peer, which knows from the ledger what was sent. docs/live.md says what readers see of it.

// Rounds say how live dashboards are answered.
type Rounds struct {
	// Interval is the pause between two rounds where the request does not say it, Shortest the least that it may say.
	Interval, Shortest time.Duration
	// Longest is how long a request is answered at most; Unheard how long without anybody having listened.
	Longest, Unheard time.Duration
	// Key returns the key of who is answered in rounds.
	Key func(product, page, routingKey string) string
	// State returns who holds a key, and whether somebody listens to a routing key; nil answers no request in rounds.
	State func(ctx context.Context, key, routingKey string) (holder string, listening bool, err error)
}

// roundField is the field of an entry that is a further round: what it needs to know of those before it.
const roundField = "__round"

// round is one answer to a live dashboard.
type round struct {
	N     int       `json:"n"` // 0 is the answer to the request itself
	Until time.Time `json:"until"`
	// Heard says that somebody has listened.
	Heard bool `json:"heard,omitempty"`
	// Said is what each widget said last.
	Said map[string]mark `json:"said"`
}

// readRound returns what an entry knows of the rounds before it; nil where it is a request.
func readRound(e *consumer.Entry) *round {
	text, ok := e.Field(roundField)
	if !ok {
		return nil
	}
	var r round
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.N < 1 {
		return nil
	}
	return &r
}

// further says that the entry is a round that follows the request's own answer.
func (j *job) further() bool { return j.round != nil && j.round.N > 0 }

// roundKey is the key of who is answered for the request's page and reader.
func (d *Dispatcher) roundKey(j *job) string {
	return d.Rounds.Key(j.req.Product, j.page(), j.req.RoutingKey)
}

// openRound makes a request the first of its rounds, where it asks for some; a further one's range moves on.
func (d *Dispatcher) openRound(j *job) error {
	if j.further() {
		j.req.StartDate, j.req.EndDate = plan.Roll(j.req, j.asked(), d.Now())
		j.to.RoundKey, j.to.Holder = d.roundKey(j), j.entry.First
		return nil
	}
	if j.req.LiveInterval < 0 {
		return fault.New(fault.Reject, models.ReasonBadValue, "live_interval is "+strconv.Itoa(j.req.LiveInterval)+", not a number of seconds", nil)
	}
	if !j.req.Live() || j.sink == nil {
		return nil
	}
	until := d.Now().Add(d.Rounds.Longest)
	if !j.req.LiveUntil.IsZero() && j.req.LiveUntil.Before(until) {
		until = j.req.LiveUntil
	}
	j.round = &round{Until: until.UTC().Truncate(time.Second)}
	j.to.RoundKey, j.to.Holder = d.roundKey(j), j.entry.First
	return nil
}

// asked is when the request was made.
func (j *job) asked() time.Time {
	if !j.req.RequestTimestamp.IsZero() {
		return j.req.RequestTimestamp
	}
	return entryTime(j.entry.First)
}

// over looks whether a further round is still wanted; where it is not, the outcome ends it.
func (d *Dispatcher) over(ctx context.Context, j *job) (consumer.Outcome, bool) {
	holder, listening, err := d.Rounds.State(ctx, d.roundKey(j), j.to.RoutingKey)
	if err != nil {
		return consumer.Outcome{Err: fault.New(fault.Transient, "rounds_unavailable", "", fmt.Errorf("look for listeners: %w", err))}, true
	}
	now, r := d.Now(), j.round
	r.Heard = r.Heard || listening
	why := ""
	switch {
	case holder != j.entry.First:
		d.finished(ctx, j, "ended") // whoever ended it has told the reader
		return consumer.Outcome{}, true
	case now.After(r.Until):
		why = models.EndedTime
	case !listening && (r.Heard || now.Sub(entryTime(j.entry.First)) >= d.Rounds.Unheard):
		why = models.EndedNobody
	default:
		return consumer.Outcome{}, false
	}
	j.live = &models.Live{Round: r.N, Until: r.Until, Ended: why}
	outputs := d.closing(j, newPusher(d, j, nil), statusComplete, nil)
	d.finished(ctx, j, "ended")
	return consumer.Outcome{Outputs: append(outputs, d.roundOutput(j, nil))}, true
}

// stop ends the rounds of whoever asked before for the same page and reader.
func (d *Dispatcher) stop(ctx context.Context, j *job) consumer.Outcome {
	j.widgets, j.round = nil, nil
	j.live = &models.Live{Ended: models.EndedStopped}
	outputs := d.closing(j, newPusher(d, j, nil), statusComplete, nil)
	d.finished(ctx, j, "answered")
	return consumer.Outcome{Outputs: append(outputs, d.roundOutput(j, nil))}
}

// endOfRound decides what follows a page that is complete, and returns the write that makes it so.
func (d *Dispatcher) endOfRound(j *job, p *pusher) []commit.Output {
	r := j.round
	if r == nil {
		return nil
	}
	said, unchanged := p.said()
	j.live = &models.Live{Round: r.N, Until: r.Until, Unchanged: unchanged}
	due := d.Now().Add(d.interval(j.req)).UTC().Truncate(time.Millisecond)
	if due.After(r.Until) {
		j.live.Ended = models.EndedTime
		return []commit.Output{d.roundOutput(j, nil)}
	}
	state, err := json.Marshal(round{N: r.N + 1, Until: r.Until, Heard: r.Heard, Said: said})
	if err != nil {
		j.live.Ended = models.EndedByFault // it is texts and times; not to be had
		return []commit.Output{d.roundOutput(j, nil)}
	}
	j.live.NextAt = due
	return []commit.Output{d.roundOutput(j, &commit.Requeue{At: due, Fields: j.entry.Follow(roundField, string(state))})}
}

func (d *Dispatcher) interval(req *models.Request) time.Duration {
	if req.LiveInterval == 0 {
		return max(d.Rounds.Interval, d.Rounds.Shortest)
	}
	return max(time.Duration(req.LiveInterval)*time.Second, d.Rounds.Shortest)
}

// roundOutput writes who is answered in rounds. The key outlives every request that could still be served.
func (d *Dispatcher) roundOutput(j *job, next *commit.Requeue) commit.Output {
	last := d.StaleAfter
	if j.round != nil {
		last += max(0, j.round.Until.Sub(d.Now()))
	}
	return commit.Output{Ops: []commit.Op{commit.Round{
		Key: d.roundKey(j), Holder: j.entry.First, First: !j.further(), TTL: int64(last/time.Second) + 1, Next: next,
	}}}
}
