package admin

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// Pause is how reading is to be paused.
type Pause struct {
	// Why is said to whoever wonders.
	Why string `json:"why"`
	// Seconds is how long; 0 until it is resumed.
	Seconds int64 `json:"seconds"`
}

// PauseState is whether reading is paused.
type PauseState struct {
	Paused *commit.Paused `json:"paused"`
}

// longestPause is a week: a longer one is one without an end.
const longestPause = 7 * 24 * time.Hour

func (a *API) pause(w http.ResponseWriter, r *http.Request) error {
	var p Pause
	if err := readJSON(r, &p); err != nil {
		return err
	}
	lasts := time.Duration(p.Seconds) * time.Second
	if p.Seconds < 0 || p.Seconds > int64(longestPause/time.Second) || len(p.Why) > longestText {
		return problem.New(http.StatusBadRequest, "bad_body", "a pause has 0 to 604800 seconds and a reason of at most 512 bytes")
	}
	by := caller.From(r.Context()).Subject
	if err := commit.Pause(r.Context(), a.o.Redis, a.names, by, p.Why, lasts); err != nil {
		return err
	}
	a.o.Log.WarnContext(r.Context(), "reading is paused", slog.String("by", by), slog.String("why", p.Why), slog.Duration("for", lasts))
	return a.paused(w, r)
}

func (a *API) resume(w http.ResponseWriter, r *http.Request) error {
	if err := commit.Resume(r.Context(), a.o.Redis, a.names); err != nil {
		return err
	}
	a.o.Log.WarnContext(r.Context(), "reading is resumed", slog.String("by", caller.From(r.Context()).Subject))
	return a.paused(w, r)
}

func (a *API) paused(w http.ResponseWriter, r *http.Request) error {
	p, err := commit.PausedBy(r.Context(), a.o.Redis, a.names)
	if err != nil {
		return err
	}
	return writeJSON(w, PauseState{p})
}
