package dispatch

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
	"github.com/go-dispatcher/dispatcher/internal/strategies/key"
)

// job is one request on its way. Fields fill up as more of it is understood.
type job struct {
	entry   *consumer.Entry
	pages   Pages
	started time.Time
	req     *models.Request // never nil; empty where nothing could be decoded
	to      sink.Address
	sink    sink.Sink // nil where the requester cannot be reached
	// unreachable is why sink is nil.
	unreachable error
	strategy    strategies.Strategy // nil where none was found
	widgets     []string            // asked for
	earlier     map[string]string   // what earlier attempts have sent: event → note
	ended       func(outcome string)
	// round is which answer to a live dashboard this is, nil for all other requests; live what the closing message says of it.
	round    *round
	live     *models.Live
	rejected error // why it went to the dead letters; nil where it did not
}

// unread stands for a request that could not be decoded. Nobody writes to it.
//
//nolint:gochecknoglobals // a constant
var unread = &models.Request{}

func (d *Dispatcher) newJob(e *consumer.Entry) *job {
	return &job{entry: e, pages: d.Pages(), started: d.Now(), req: unread, round: readRound(e)}
}

// identity is what outputs are counted once for: the producer's own id, else the entry. A replayed
// dead letter is a request of its own, and so is a further round.
func (j *job) identity() string {
	id := j.base()
	if j.further() {
		id += "#" + strconv.Itoa(j.round.N)
	}
	return id
}

// base is the identity of the request itself, whichever round it is in. What cancels another request is counted by its entry: it may name that one's id as its own.
func (j *job) base() string {
	id := j.entry.First
	if j.req.RequestID != "" && j.req.CancelRequest == "" {
		id = j.req.RequestID
	}
	if letter, ok := j.replayed(); ok {
		id += "~" + letter
	}
	return id
}

func (j *job) replayed() (letter string, ok bool) { return j.entry.Field(deadletter.ReplayedField) }

// marked says that the producer may send the same request again; a further round exists once.
func (j *job) marked() bool {
	return j.req.RequestID != "" && !j.further() && j.req.CancelRequest == ""
}

// page returns the name before the double underscore of every message.
func (j *job) page() string { return key.PageName(j.req.PageName) }

// event returns a widget's message name.
func (j *job) event(widget string) string { return j.page() + "__" + widget }

// address finds the destination of the answers.
func (d *Dispatcher) address(j *job) {
	req := j.req
	j.to = sink.Address{
		RoutingKey: req.RoutingKey, Request: j.identity(),
		CompanyID: req.CompanyID, JobID: req.JobID, Widgets: len(req.SelectedWidgets), TTL: int64(req.OutputTTL),
	}
	if d.OverrideKey != "" {
		j.to.RoutingKey, j.to.TTL = d.OverrideKey, 0 // the stream of all requests is none of one
	}
	j.widgets = req.SelectedWidgets
	if req.CancelRequest != "" {
		return // the request that it cancels is answered
	}
	s, err := d.sinkFor(req)
	if err == nil {
		err = s.Check(j.to)
	}
	if err != nil {
		j.unreachable = err
		return
	}
	j.sink = s
}

func (d *Dispatcher) sinkFor(req *models.Request) (sink.Sink, error) {
	if req.CustomerCare && d.OverrideKey == "" {
		return d.Sinks.Care, nil
	}
	switch tech := strings.ToUpper(strings.TrimSpace(req.StreamTech)); tech {
	case "", "REDIS STREAM":
		return d.Sinks.Stream, nil
	case "API":
		return d.Sinks.Buffer, nil
	case "SSE":
		if d.Sinks.Live == nil {
			return nil, fault.New(fault.Reject, models.ReasonLiveFailed,
				"stream_tech is SSE, and no live service is configured (APP_LIVE_SERVICE_URL)", nil)
		}
		return d.Sinks.Live, nil
	default:
		return nil, fault.New(fault.Reject, models.ReasonBadValue,
			"stream_tech "+strconv.Quote(tech)+" is none of REDIS STREAM, API and SSE", nil)
	}
}

// entryTime returns the time in a stream entry's id, or zero.
func entryTime(id string) time.Time {
	ms, _, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}
