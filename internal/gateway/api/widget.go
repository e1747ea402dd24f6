package api

import (
	"net/http"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
)

// widget answers with the newest message of a widget, as it is on the stream.
func (a *API) widget(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.find(r.Context(), caller.From(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	var found *message
	if err := a.messages(r.Context(), rec, func(m message) bool {
		if m.Widget == r.PathValue("widget") {
			found = &m
		}
		return found == nil
	}); err != nil {
		return err
	}
	if found == nil {
		return notFound("not_ready", "there is no message of this widget yet")
	}
	writeRaw(w, http.StatusOK, "application/json", []byte(found.Raw))
	return nil
}

// events answers with what comes of a request.
func (a *API) events(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.find(r.Context(), caller.From(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	resumed := r.Header.Get("Last-Event-ID") != "" || r.URL.Query().Get("last_event_id") != ""
	f := &follower{api: a, request: rec.ID, began: time.Now(), resumed: resumed}
	a.o.Follow(w, r, rec.RoutingKey, rec.ID, f.sent)
	return nil
}
