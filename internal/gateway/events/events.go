// Package events serves live streams over HTTP: as server-sent events, and as JSON lines where those are asked for.
//
// A stream begins with hello, which says where it goes on from, and ends with its request's closing message, with the caller's token, or with the
// process; a token that is revoked ends it, too. A heartbeat breaks 15 seconds of silence; who takes nothing for 10 seconds is cut off. What can be resumed and what cannot is package
// feed's to know. Who may read what is decided by caller.MayRead; how many streams anybody may have open is the door's business.
package events

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Events answers with live streams.
type Events struct {
	Hub *feed.Hub
	// Prefix is the first part of every output stream's name.
	Prefix  string
	Metrics *telemetry.Feed
	Log     *slog.Logger
	// Revocations end streams whose caller's token was revoked; nil is none.
	Revocations Revocations
	// Silence is how long nothing is sent before a heartbeat is, 0 for 15 seconds; Patience how long a client may take nothing, 0 for 10 seconds.
	Silence, Patience time.Duration

	// lists are of frames that are written at once.
	lists sync.Pool
}

// Revocations say whose token has ended before its time.
type Revocations interface {
	Revoked(who *caller.Caller) bool
	// Changed returns a channel that is closed when that may have become true of somebody: it is asked for before Revoked is.
	Changed() <-chan struct{}
}

// Request names one request whose messages are to be streamed.
type Request struct {
	// RoutingKey is where its answers go, ID what its messages call it: those of others of the same routing key are left out.
	RoutingKey, ID string
	// Sent is told what has been written and flushed, before anything more is; nil is nobody.
	Sent func(ctx context.Context, messages []*feed.Message)
}

// Stream serves GET /v1/streams/{routing_key}/events: what comes for a routing key. Without an id to resume from it begins with what comes
// next; ?start=all begins with all that is kept, ?start=newest with the newest message of each widget.
func (e *Events) Stream(w http.ResponseWriter, r *http.Request) {
	start := feed.Start{After: lastEventID(r)}
	switch from := r.URL.Query().Get("start"); from {
	case "", "new":
	case "all":
		start.All = true
	case "newest":
		start.Newest = true
	default:
		problem.New(http.StatusBadRequest, "bad_parameter", "the stream cannot begin there",
			problem.Field{Pointer: "?start", Detail: "new, all or newest"}).Write(w)
		return
	}
	e.serve(w, r, r.PathValue("routing_key"), start, nil)
}

// Request streams what came and comes of one request, and ends after its closing message. The caller has found out that the request is there.
func (e *Events) Request(w http.ResponseWriter, r *http.Request, of Request) {
	e.serve(w, r, of.RoutingKey, feed.Start{After: lastEventID(r), All: true, Request: of.ID}, of.Sent)
}

// lastEventID is what the client had last: browsers send the header when they come back by themselves, and cannot when a page opens a stream.
func lastEventID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get("last_event_id")
}

func (e *Events) serve(w http.ResponseWriter, r *http.Request, routingKey string, start feed.Start, sent func(context.Context, []*feed.Message)) {
	if err := models.CheckRoutingKey(routingKey); err != nil {
		problem.New(http.StatusBadRequest, "bad_routing_key", "there can be no such routing key").Write(w)
		return
	}
	who := caller.From(r.Context())
	if !who.MayRead(routingKey) {
		problem.New(http.StatusForbidden, "forbidden", "this routing key is not among those that you may read").Write(w)
		return
	}
	start.After, start.Request = strings.Clone(start.After), strings.Clone(start.Request) // else all of the request's head is kept for them
	subscription, err := e.Hub.Subscribe(e.Prefix+routingKey, start)
	if err != nil {
		w.Header().Set("Retry-After", "1")
		problem.New(http.StatusServiceUnavailable, "shutting_down", "this server is shutting down: ask again").Write(w)
		return
	}
	s := newStream(w, r, e, subscription)
	s.untilComplete, s.place = start.Request != "", caller.Keep(r.Context())
	if !who.Trusted { // who has no token needs none of this, in each of many streams
		s.who = who
	}
	s.sent = sent
	if r.Method == http.MethodHead {
		s.end()
		return
	}
	if s.begin(r.Context()) != nil {
		s.end()
		return
	}
	if gateway.Detach(w, r, s.detached) {
		return
	}
	defer s.end()
	s.run(r.Context())
}
