package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/redis/go-redis/v9"
)

// mostRecent is how many requests of late are known by their order, about.
const mostRecent = 1000

// Recent is a request of late with the moments of its way, the earliest first.
type Recent struct {
	RequestID   string    `json:"request_id"`
	Tenant      string    `json:"tenant"`
	RoutingKey  string    `json:"routing_key"`
	Event       string    `json:"event"`
	Page        string    `json:"page"`
	Status      string    `json:"status"`
	SubmittedAt time.Time `json:"submitted_at"`
	Timeline    []Moment  `json:"timeline"`
}

// Moment is when something became of a request, by the clock of the broker. What is submitted, started, complete, or the name of a widget; first_sent and
// complete_sent are when the first widget and the closing message had been written to who followed the request.
type Moment struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
}

// Recent returns the requests that came last over HTTP, the newest first, from any tenant: who asks has to be an operator.
func (a *API) Recent(ctx context.Context, limit int64) ([]Recent, error) {
	entries, err := a.o.Redis.XRevRangeN(ctx, a.names.recent(), "+", "-", limit).Result()
	if err != nil {
		return nil, fmt.Errorf("api: read what came last: %w", err)
	}
	out := []Recent{}
	for _, entry := range entries {
		id, _ := entry.Values["request"].(string)
		r := &record{ID: id}
		if err := a.o.Redis.HGetAll(ctx, a.names.record(id)).Scan(r); err != nil && !errors.Is(err, redis.Nil) {
			return nil, fmt.Errorf("api: read a request: %w", err)
		}
		if r.Entry == "" {
			continue // its record has ended
		}
		s, err := a.stateOf(ctx, r)
		if err != nil {
			return nil, err
		}
		out = append(out, Recent{
			RequestID: r.ID, Tenant: r.Tenant, RoutingKey: r.RoutingKey, Event: r.Event, Page: r.Page, Status: s.Status, SubmittedAt: s.SubmittedAt, Timeline: timeline(r, s),
		})
	}
	return out, nil
}

// timeline puts what is known of a request into its order. When it was started follows from its end and the time that it took.
func timeline(r *record, s *State) []Moment {
	line := []Moment{{s.SubmittedAt, "submitted"}}
	for name, w := range s.Widgets {
		line = append(line, Moment{w.At, name})
	}
	var closing struct {
		ElapsedMS int64 `json:"elapsed_ms"`
	}
	if !s.EndedAt.IsZero() {
		line = append(line, Moment{s.EndedAt, "complete"})
		if json.Unmarshal(s.Complete, &closing) == nil && closing.ElapsedMS > 0 {
			line = append(line, Moment{s.EndedAt.Add(-time.Duration(closing.ElapsedMS) * time.Millisecond), "started"})
		}
	}
	for what, ms := range map[string]int64{"first_sent": r.FirstSent, "complete_sent": r.CompleteSent} {
		if ms != 0 {
			line = append(line, Moment{time.UnixMilli(ms).UTC(), what})
		}
	}
	slices.SortStableFunc(line, func(a, b Moment) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(turn(a.What), turn(b.What)), cmp.Compare(a.What, b.What))
	})
	return line
}

// turn orders what has the same millisecond.
func turn(what string) int {
	switch what {
	case "submitted":
		return 0
	case "started":
		return 1
	case "first_sent":
		return 3
	case "complete":
		return 4
	case "complete_sent":
		return 5
	}
	return 2 // widgets
}
