package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Latency is how long the steps of one request took; what is not known is negative.
type Latency struct {
	// FirstWidget and Complete are the times from the request's entry on the input stream to its first widget and its closing message on the output stream,
	// by the broker's clock.
	FirstWidget, Complete time.Duration
	// Sent is the time from the first widget's being on the stream to its having been written to the client, which followed the request by then.
	Sent time.Duration
}

// Latencies returns how long those requests took that came over HTTP within the span before now, at most about a thousand, the newest first. Only those are
// known that somebody followed to their end.
func (a *API) Latencies(ctx context.Context, span time.Duration) ([]Latency, error) {
	now, err := a.o.Redis.Time(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("api: ask for the time: %w", err)
	}
	entries, err := a.o.Redis.XRevRangeN(ctx, a.names.recent(), "+", strconv.FormatInt(now.Add(-span).UnixMilli(), 10), mostRecent).Result()
	if err != nil {
		return nil, fmt.Errorf("api: read what came last: %w", err)
	}
	read := make([]*redis.MapStringStringCmd, len(entries))
	if _, err := a.o.Redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, entry := range entries {
			id, _ := entry.Values["request"].(string)
			read[i] = pipe.HGetAll(ctx, a.names.record(id))
		}
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("api: read requests: %w", err)
	}
	var out []Latency
	for _, cmd := range read {
		var r record
		if err := cmd.Scan(&r); err != nil {
			return nil, fmt.Errorf("api: read a request: %w", err)
		}
		if r.Entry != "" && r.Complete != 0 {
			out = append(out, r.latency())
		}
	}
	return out, nil
}

func (r *record) latency() Latency {
	const unknown = -time.Millisecond
	submitted := timeOf(r.Entry).UnixMilli()
	// On a cluster the two streams may be on servers whose clocks are not the same.
	since := func(ms, from int64) time.Duration { return time.Duration(max(0, ms-from)) * time.Millisecond }
	l := Latency{FirstWidget: unknown, Complete: since(r.Complete, submitted), Sent: unknown}
	if r.First != 0 {
		l.FirstWidget = since(r.First, submitted)
		l.Sent = since(r.FirstSent, max(r.First, r.FirstFollowed))
	}
	return l
}
