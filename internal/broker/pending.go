package broker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Member is a consumer of a group.
type Member struct {
	Name    string
	Pending int64
	// Idle is the time since it last asked the server for anything of the group, 0 where the server does not know it.
	Idle time.Duration
	// Heartbeat is the age of its last one, negative for a consumer that has none: it is not of this product, or was just removed.
	Heartbeat time.Duration
}

// Members returns a group's consumers; now is the server's time, heartbeats the hash of them. Who beats and has not been handed
// anything yet is one, too: older servers do not list it.
func Members(ctx context.Context, rdb redis.Cmdable, now time.Time, stream, heartbeats, group string) ([]Member, error) {
	list, err := rdb.XInfoConsumers(ctx, stream, group).Result()
	if err != nil {
		return nil, fmt.Errorf("broker: ask for the consumers of %s: %w", group, err)
	}
	beats, err := rdb.HGetAll(ctx, heartbeats).Result()
	if err != nil {
		return nil, fmt.Errorf("broker: read heartbeats: %w", err)
	}
	members := make([]Member, 0, len(list))
	add := func(m Member) {
		m.Heartbeat = -1
		if ms, err := strconv.ParseFloat(beats[m.Name], 64); err == nil {
			m.Heartbeat = max(0, now.Sub(time.UnixMilli(int64(ms))))
		}
		delete(beats, m.Name)
		members = append(members, m)
	}
	for _, c := range list {
		if c.Name == commit.Parked {
			continue // nobody
		}
		add(Member{Name: c.Name, Pending: c.Pending, Idle: max(0, c.Idle)})
	}
	for name := range beats {
		add(Member{Name: name})
	}
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return members, nil
}

// Entry is an entry that was handed out and is not acknowledged.
type Entry struct {
	ID       string
	Consumer string
	// Idle is the time since its lease was last renewed, Age since it came.
	Idle       time.Duration
	Age        time.Duration
	Deliveries int64
}

// Pending picks pending entries.
type Pending struct {
	Stream, Group string
	// Consumer is empty for all; IdleOver is the least time that an entry was left alone.
	Consumer string
	IdleOver time.Duration
	// Most bounds how many are returned, the oldest first.
	Most int64
}

// Entries returns the entries that p picks, among those that somebody was handed; now is the server's time.
func (p *Pending) Entries(ctx context.Context, rdb redis.Cmdable, now time.Time) ([]Entry, error) {
	consumers := []string{p.Consumer}
	if p.Consumer == "" {
		summary, err := rdb.XPending(ctx, p.Stream, p.Group).Result()
		if err != nil {
			return nil, fmt.Errorf("broker: ask who has pending entries: %w", err)
		}
		if summary.Consumers[commit.Parked] > 0 { // far more than those that are looked for
			delete(summary.Consumers, commit.Parked)
			consumers = slices.Sorted(maps.Keys(summary.Consumers))
		}
	}
	var entries []Entry
	for _, consumer := range consumers {
		list, err := rdb.XPendingExt(ctx, &redis.XPendingExtArgs{
			Stream: p.Stream, Group: p.Group, Idle: p.IdleOver, Start: "-", End: "+", Count: p.Most, Consumer: consumer,
		}).Result()
		if err != nil {
			return nil, fmt.Errorf("broker: ask for pending entries: %w", err)
		}
		for _, e := range list {
			entries = append(entries, Entry{ID: e.ID, Consumer: e.Consumer, Idle: e.Idle, Deliveries: e.RetryCount, Age: max(0, now.Sub(TimeOf(e.ID)))})
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return TimeOf(a.ID).Compare(TimeOf(b.ID)) })
	return entries[:min(len(entries), int(p.Most))], nil
}

// TimeOf returns when an entry came, by the server's clock.
func TimeOf(id string) time.Time {
	ms, _, _ := strings.Cut(id, "-")
	n, _ := strconv.ParseInt(ms, 10, 64)
	return time.UnixMilli(n)
}
