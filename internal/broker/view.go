package broker

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// View is what operators see of a stream: how much waits and runs, who serves it, and the oldest entries that are handed out.
type View struct {
	Stream    string   `json:"stream"`
	Group     string   `json:"group"`
	Exists    bool     `json:"group_exists"`
	Waiting   *int64   `json:"waiting"` // null where the server cannot tell
	InTurn    int64    `json:"in_turn"` // of those that wait, for their tenant's turn
	Running   int64    `json:"running"`
	PutOff    int64    `json:"put_off"`
	Oldest    float64  `json:"oldest_seconds"`
	Consumers []Seen   `json:"consumers"`
	Entries   []Handed `json:"entries"`
}

// Seen is a consumer as a View shows it.
type Seen struct {
	Name      string   `json:"name"`
	Running   int64    `json:"running"`
	Heartbeat *float64 `json:"heartbeat_seconds"` // null for consumers of other programs
	Idle      float64  `json:"idle_seconds"`
}

// Handed is an entry that was handed out, as a View shows it.
type Handed struct {
	ID         string  `json:"id"`
	Consumer   string  `json:"consumer"`
	Age        float64 `json:"age_seconds"`
	Idle       float64 `json:"idle_seconds"`
	Deliveries int64   `json:"deliveries"`
}

// See looks at the stream and the group that pick names, with the entries that it picks, or none where it picks 0.
func See(ctx context.Context, rdb redis.UniversalClient, pick Pending) (*View, error) {
	names := commit.NamesOf(pick.Stream)
	state, err := Look(ctx, rdb, names.Stream, names.Delayed, pick.Group)
	if err != nil {
		return nil, err
	}
	v := &View{
		Stream: names.Stream, Group: pick.Group, Exists: state.Exists, InTurn: state.Parked, Running: state.Pending, PutOff: state.Delayed, Oldest: state.Oldest.Seconds(),
		Consumers: []Seen{}, Entries: []Handed{},
	}
	if state.Backlog >= 0 {
		waiting := max(0, state.Backlog-state.Pending)
		v.Waiting = &waiting
	}
	if !state.Exists {
		return v, nil
	}
	members, err := Members(ctx, rdb, state.At, names.Stream, names.Consumers, pick.Group)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		shown := Seen{Name: m.Name, Running: m.Pending, Idle: m.Idle.Seconds()}
		if m.Heartbeat >= 0 {
			seconds := m.Heartbeat.Seconds()
			shown.Heartbeat = &seconds
		}
		v.Consumers = append(v.Consumers, shown)
	}
	if pick.Most == 0 {
		return v, nil
	}
	entries, err := pick.Entries(ctx, rdb, state.At)
	if err != nil {
		return nil, err
	}
	for _, p := range entries {
		v.Entries = append(v.Entries, Handed{ID: p.ID, Consumer: p.Consumer, Age: p.Age.Seconds(), Idle: p.Idle.Seconds(), Deliveries: p.Deliveries})
	}
	return v, nil
}
