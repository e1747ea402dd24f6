package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
)

// The states of a request. Those of its end are the closing message's, of which "rejected" is one way to fail.
const (
	stateQueued   = "queued"
	stateRunning  = "running"
	stateComplete = "complete"
	stateFailed   = "failed"
	// stateGone is that of a request whose results were kept no longer, or that was never answered.
	stateGone = "gone"
)

// State is how far a request is.
type State struct {
	RequestID   string    `json:"request_id"`
	RoutingKey  string    `json:"routing_key"`
	Event       string    `json:"event"`
	Page        string    `json:"page"`
	Product     string    `json:"product,omitempty"`
	Status      string    `json:"status"`
	SubmittedAt time.Time `json:"submitted_at"`
	// Widgets are the newest messages, by the widget's name.
	Widgets map[string]WidgetState `json:"widgets"`
	// Complete is the data of the message that closed the page; null until there is one.
	Complete jsontext.Value `json:"complete"`
	// EndedAt is when that message came; zero until there is one.
	EndedAt time.Time `json:"-"`
}

// WidgetState is what a widget's newest message says.
type WidgetState struct {
	Status string    `json:"status"`
	At     time.Time `json:"at"`
	ID     string    `json:"id"`
}

// state answers with how far a request is.
func (a *API) state(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.find(r.Context(), caller.From(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	s, err := a.stateOf(r.Context(), rec)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s)
	return nil
}

func (a *API) stateOf(ctx context.Context, r *record) (*State, error) {
	s := &State{
		RequestID: r.ID, RoutingKey: r.RoutingKey, Event: r.Event, Page: r.Page, Product: r.Product,
		SubmittedAt: timeOf(r.Entry).UTC(), Widgets: map[string]WidgetState{}, Complete: jsontext.Value("null"),
	}
	if err := a.said(ctx, r, s); err != nil || s.Status != "" {
		return s, err
	}
	finished, err := a.unfinished(ctx, r, s)
	if err != nil || !finished {
		return s, err
	}
	// It may have ended since its messages were read.
	status := s.Status
	s.Status = ""
	err = a.said(ctx, r, s)
	s.Status = cmp.Or(s.Status, status)
	return s, err
}

// said puts into s what the request's messages say.
func (a *API) said(ctx context.Context, r *record, s *State) error {
	seen := map[string]bool{}
	return a.messages(ctx, r, func(m message) bool {
		switch {
		case seen[m.Widget]: // there is a newer one
		case m.Widget == closingWidget:
			s.Status, s.Complete, s.EndedAt = ended(m.status()), m.Data, timeOf(m.ID).UTC()
		default:
			s.Widgets[m.Widget] = WidgetState{Status: m.status(), At: timeOf(m.ID).UTC(), ID: m.ID}
		}
		seen[m.Widget] = true
		return true
	})
}

func ended(status string) string {
	if status == "rejected" {
		return stateFailed
	}
	return status
}

// unfinished finds out where a request is that has no closing message: on the input stream, in a consumer's hands, or lost to whoever asks. finished says that a
// consumer has ended it.
func (a *API) unfinished(ctx context.Context, r *record, s *State) (finished bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, brokerLimit)
	defer cancel()
	n := a.names.input
	var waiting *redis.XMessageSliceCmd
	var held *redis.XPendingExtCmd
	var done []*redis.BoolCmd
	_, err = a.o.Redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		waiting = pipe.XRange(ctx, n.Stream, r.Entry, r.Entry)
		held = pipe.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: n.Stream, Group: a.o.Group, Start: r.Entry, End: r.Entry, Count: 1})
		for _, key := range commit.DoneKeys(n.DonePrefix, a.o.Known, time.Now()) {
			done = append(done, pipe.SIsMember(ctx, key, r.ID))
		}
		return nil
	})
	if err := ignoreNil(err); err != nil && !redis.HasErrorPrefix(err, "NOGROUP") {
		return false, fmt.Errorf("api: look for a request's entry: %w", err)
	}
	for _, d := range done {
		finished = finished || d.Val()
	}
	pending := held.Val()
	switch {
	case finished && len(s.Widgets) > 0:
		s.Status = stateComplete // consumers may be told to send no closing message
	case finished, time.Since(s.SubmittedAt) > a.o.Lost:
		s.Status = stateGone
	case len(s.Widgets) > 0, len(waiting.Val()) > 0 && len(pending) > 0 && pending[0].Consumer != commit.Parked:
		s.Status = stateRunning
	default:
		s.Status = stateQueued
	}
	return finished, nil
}

func ignoreNil(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}
