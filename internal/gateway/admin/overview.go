package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/broker"
	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Overview is how a deployment does.
type Overview struct {
	// At is the broker's time.
	At      time.Time    `json:"at"`
	Classes []ClassState `json:"classes"`
	// DeadLetters is how many there are.
	DeadLetters int64 `json:"dead_letters"`
	// Paused is who paused reading; null is nobody.
	Paused *commit.Paused `json:"paused"`
	// Rates are those of the last minute, of all classes; null until two countings are known, and where the server does not count.
	Rates *Rates `json:"rates"`
}

// ClassState is how a class of requests does.
type ClassState struct {
	Name   string `json:"name"`
	Stream string `json:"stream"`
	// Exists says that its consumer group is there.
	Exists bool `json:"group_exists"`
	// Waiting are requests that nobody has taken yet; null where the server cannot tell.
	Waiting *int64 `json:"waiting"`
	Running int64  `json:"running"`
	PutOff  int64  `json:"put_off"`
	// Consumers are those whose heartbeat is not older than a minute.
	Consumers int     `json:"consumers"`
	Oldest    float64 `json:"oldest_seconds"`
}

// aliveFor is the age of a heartbeat up to which a consumer is there.
const aliveFor = time.Minute

func (a *API) overview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	out := Overview{At: time.Now().UTC(), Classes: []ClassState{}}
	for _, class := range a.o.Classes {
		v, err := broker.See(ctx, a.o.Redis, broker.Pending{Stream: class.Stream, Group: a.o.Group})
		if err != nil {
			return err
		}
		state := ClassState{Name: class.Name, Stream: class.Stream, Exists: v.Exists, Waiting: v.Waiting, Running: v.Running, PutOff: v.PutOff, Oldest: v.Oldest}
		for _, c := range v.Consumers {
			if c.Heartbeat != nil && *c.Heartbeat <= aliveFor.Seconds() {
				state.Consumers++
			}
		}
		out.Classes = append(out.Classes, state)
	}
	var err error
	if out.DeadLetters, err = a.o.Redis.XLen(ctx, a.o.Rejected).Result(); err != nil {
		return err
	}
	if out.Paused, err = commit.PausedBy(ctx, a.o.Redis, a.names); err != nil {
		return err
	}
	out.Rates = a.rates.rates()
	return writeJSON(w, out)
}

// Consumers are the members of the groups.
type Consumers struct {
	Consumers []ClassConsumer `json:"consumers"`
}

// ClassConsumer is a consumer of a class.
type ClassConsumer struct {
	Class string `json:"class"`
	broker.Seen
}

func (a *API) consumers(w http.ResponseWriter, r *http.Request) error {
	out := Consumers{Consumers: []ClassConsumer{}}
	for _, class := range a.o.Classes {
		v, err := broker.See(r.Context(), a.o.Redis, broker.Pending{Stream: class.Stream, Group: a.o.Group})
		if err != nil {
			return err
		}
		for _, c := range v.Consumers {
			out.Consumers = append(out.Consumers, ClassConsumer{class.Name, c})
		}
	}
	return writeJSON(w, out)
}

// Sources are the stores of the catalog.
type Sources struct {
	Sources []Source `json:"sources"`
}

func (a *API) sources(w http.ResponseWriter, r *http.Request) error {
	list, err := a.o.Sources(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, Sources{append([]Source{}, list...)})
}

func (a *API) pending(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	class := q.oneOf("class", a.classNames(), "interactive")
	idle := q.number("idle", 0, 0, 1<<31)
	limit := q.number("limit", 20, 1, 500)
	consumer := q.text("consumer")
	if err := q.fault(); err != nil {
		return err
	}
	for _, c := range a.o.Classes {
		if c.Name != class {
			continue
		}
		v, err := broker.See(r.Context(), a.o.Redis, broker.Pending{Stream: c.Stream, Group: a.o.Group, Consumer: consumer, IdleOver: time.Duration(idle) * time.Second, Most: limit})
		if err != nil {
			return err
		}
		return writeJSON(w, v)
	}
	return errors.New("admin: a class without a stream")
}

func (a *API) recent(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	limit := q.number("limit", 20, 1, 100)
	if err := q.fault(); err != nil {
		return err
	}
	list, err := a.o.Recent(r.Context(), limit)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"requests": list})
}

func (a *API) classNames() (names []string) {
	for _, c := range a.o.Classes {
		names = append(names, c.Name)
	}
	return names
}

// errNotCounted is what a server answers that does not say how many entries a stream was given: the demo's embedded one.
var errNotCounted = errors.New("admin: the server does not count what a stream is given")

// added is how many entries a stream has been given, and how many it holds.
func added(ctx context.Context, rdb redis.Cmdable, stream string) (given, holds int64, err error) {
	info, err := rdb.XInfoStream(ctx, stream).Result()
	if err != nil {
		if err.Error() == "ERR no such key" {
			return 0, 0, nil
		}
		return 0, 0, err
	}
	if info.EntriesAdded == 0 && info.LastGeneratedID != "" && info.LastGeneratedID != "0-0" {
		return 0, 0, errNotCounted
	}
	return info.EntriesAdded, info.Length, nil
}
