package admin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/broker"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

// DeadLetters are some dead letters, the newest first.
type DeadLetters struct {
	DeadLetters []DeadLetterRow `json:"dead_letters"`
	// Next is what before has to be for the next ones; empty where there are none.
	Next string `json:"next,omitempty"`
}

// DeadLetterRow is what a list shows of one.
type DeadLetterRow struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	Reason     string    `json:"reason"`
	Event      string    `json:"event"`
	RoutingKey string    `json:"routing_key"`
	Error      string    `json:"error"`
	Attempts   string    `json:"attempts"`
	Consumer   string    `json:"consumer"`
}

// DeadLetter is one dead letter, whole.
type DeadLetter struct {
	DeadLetterRow
	// Fields are all that is kept, the payload as it came among them.
	Fields map[string]string `json:"fields"`
}

const (
	// longestError bounds what a list shows of an error, in bytes.
	longestError = 500
	// mostLooked bounds how many dead letters one page is picked from: a filter that matches few ends there, and goes on with the next page.
	mostLooked = 5000
)

func rowOf(l *deadletter.Stored) DeadLetterRow {
	row := DeadLetterRow{
		ID: l.ID, At: broker.TimeOf(l.ID).UTC(), Reason: l.Reason(), Event: l.Fields["eventName"], RoutingKey: l.Fields["routing_key"], Error: l.Fields["error"],
		Attempts: l.Fields["attempts"], Consumer: l.Fields["consumer"],
	}
	if len(row.Error) > longestError {
		row.Error = row.Error[:longestError] + "…"
	}
	return row
}

// filter reads the parameters that pick dead letters.
func (q *query) filter() deadletter.Filter {
	f := deadletter.Filter{Reason: q.text("reason"), Event: q.text("event"), RoutingKey: q.text("routing_key")}
	since, older := q.number("since", 0, 0, 1<<31), q.number("older_than", 0, 0, 1<<31)
	f.Since, f.Until = span(since, older)
	return f
}

// span turns ages in seconds into times; 0 is none.
func span(since, older int64) (from, to time.Time) {
	now := time.Now()
	if since > 0 {
		from = now.Add(-time.Duration(since) * time.Second)
	}
	if older > 0 {
		to = now.Add(-time.Duration(older) * time.Second)
	}
	return from, to
}

func (a *API) deadLetters(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	limit := q.number("limit", 50, 1, 200)
	before := q.text("before")
	if before != "" && !entryID.MatchString(before) {
		q.refuse("before", "an id, as next of the page before")
	}
	filter := q.filter()
	if err := q.fault(); err != nil {
		return err
	}
	out := DeadLetters{DeadLetters: []DeadLetterRow{}}
	next, err := a.dead.Newest(r.Context(), filter, before, mostLooked, func(l *deadletter.Stored) bool {
		out.DeadLetters = append(out.DeadLetters, rowOf(l))
		return len(out.DeadLetters) < int(limit)
	})
	if err != nil {
		return err
	}
	out.Next = next
	return writeJSON(w, out)
}

// entryID is the form of a stream's ids.
var entryID = regexp.MustCompile(`^\d{1,20}-\d{1,20}$`) //nolint:gochecknoglobals // a compiled pattern is a constant

// find returns the dead letter that the path names.
func (a *API) find(r *http.Request) (*deadletter.Stored, error) {
	id := r.PathValue("id")
	if !entryID.MatchString(id) {
		return nil, unknownLetter()
	}
	l, err := a.dead.Get(r.Context(), id)
	if errors.Is(err, deadletter.ErrNotFound) {
		return nil, unknownLetter()
	}
	return l, err
}

func unknownLetter() error {
	return problem.New(http.StatusNotFound, "unknown_dead_letter", "no dead letter has this id")
}

func (a *API) deadLetter(w http.ResponseWriter, r *http.Request) error {
	l, err := a.find(r)
	if err != nil {
		return err
	}
	return writeJSON(w, DeadLetter{DeadLetterRow: rowOf(l), Fields: l.Fields})
}

func (a *API) deleteDeadLetter(w http.ResponseWriter, r *http.Request) error {
	l, err := a.find(r)
	if err != nil {
		return err
	}
	if err := a.dead.Purge(r.Context(), l); err != nil {
		return err
	}
	a.o.Log.InfoContext(r.Context(), "a dead letter was deleted", slog.String("id", l.ID), slog.String("reason", l.Reason()), slog.String("by", caller.From(r.Context()).Subject))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Replay picks the dead letters that are to be put back: ids, or a filter, or all.
type Replay struct {
	IDs        []string `json:"ids"`
	Reason     string   `json:"reason"`
	Event      string   `json:"event"`
	RoutingKey string   `json:"routing_key"`
	Since      int64    `json:"since"`
	OlderThan  int64    `json:"older_than"`
	// All has to be said where nothing else picks some.
	All bool `json:"all"`
	// Rate is how many a second, 1 to 1000; 0 is 50.
	Rate int64 `json:"rate"`
}

// Replayed are the letters that were put back.
type Replayed struct {
	Replayed []Entry `json:"replayed"`
	// More says that the time of an answer was over before all were put back: ask again.
	More bool `json:"more"`
}

// Entry is a letter, and the entry that it has become.
type Entry struct {
	ID    string `json:"id"`
	Entry string `json:"entry"`
}

const (
	usualRate   = 50
	highestRate = 1000
	mostIDs     = 1000
	// replayLimit ends a replay in time for an answer.
	replayLimit = answerLimit - 5*time.Second
)

func (p *Replay) check() error {
	switch {
	case p.Rate == 0:
		p.Rate = usualRate
	case p.Rate < 0 || p.Rate > highestRate:
		return problem.New(http.StatusBadRequest, "bad_body", "rate is a number from 1 to 1000", problem.Field{Pointer: "/rate", Detail: "a number from 1 to 1000"})
	}
	if len(p.IDs) == 0 && p.Reason == "" && p.Event == "" && p.RoutingKey == "" && p.Since <= 0 && p.OlderThan <= 0 && !p.All {
		return problem.New(http.StatusBadRequest, "nothing_picked", "name ids, pick by reason, event, routing_key, since or older_than, or say all")
	}
	if len(p.IDs) > mostIDs {
		return problem.New(http.StatusBadRequest, "bad_body", "there are too many ids", problem.Field{Pointer: "/ids", Detail: "at most 1000"})
	}
	for _, id := range p.IDs {
		if !entryID.MatchString(id) {
			return problem.New(http.StatusBadRequest, "bad_body", "an id is none", problem.Field{Pointer: "/ids", Detail: "ids as the list has them"})
		}
	}
	return nil
}

func (a *API) replayDeadLetter(w http.ResponseWriter, r *http.Request) error {
	l, err := a.find(r)
	if err != nil {
		return err
	}
	return a.replay(w, r, deadletter.Pick{IDs: []string{l.ID}}, highestRate)
}

func (a *API) replayDeadLetters(w http.ResponseWriter, r *http.Request) error {
	var p Replay
	if err := readJSON(r, &p); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	pick := deadletter.Pick{IDs: p.IDs, Filter: deadletter.Filter{Reason: p.Reason, Event: p.Event, RoutingKey: p.RoutingKey}}
	pick.Filter.Since, pick.Filter.Until = span(p.Since, p.OlderThan)
	return a.replay(w, r, pick, float64(p.Rate))
}

// replay puts back what is picked until the time of an answer is over. A letter that somebody else has put back meanwhile is none.
func (a *API) replay(w http.ResponseWriter, r *http.Request, pick deadletter.Pick, perSecond float64) error {
	ctx, cancel := context.WithTimeout(r.Context(), replayLimit)
	defer cancel()
	out := Replayed{Replayed: []Entry{}}
	err := a.dead.ReplayPicked(ctx, pick, perSecond, func(l *deadletter.Stored, entry string) error {
		out.Replayed = append(out.Replayed, Entry{l.ID, entry})
		return nil
	})
	if len(out.Replayed) > 0 {
		a.o.Log.InfoContext(r.Context(), "dead letters were put back", slog.Int("count", len(out.Replayed)), slog.String("by", caller.From(r.Context()).Subject))
	}
	switch {
	case errors.Is(err, deadletter.ErrNotFound):
		if len(out.Replayed) == 0 {
			return unknownLetter()
		}
		out.More = true
	case errors.Is(err, context.DeadlineExceeded) && r.Context().Err() == nil:
		out.More = true
	case err != nil:
		return err
	}
	return writeJSON(w, out)
}
