package process

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/broker"
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// watchLimit bounds what a scrape waits for the broker.
const watchLimit = time.Second

// Watch looks at the broker for a scrape: a few calls, however much waits.
func Watch(rdb redis.Cmdable, c *config.Config, streams []string) telemetry.Broker {
	// A scrape asks long after the wiring has returned.
	ctx, cancel := context.WithTimeout(context.Background(), watchLimit)
	defer cancel()
	var seen telemetry.Broker
	for _, stream := range streams {
		names := commit.NamesOf(stream)
		begin := time.Now()
		g, err := broker.Look(ctx, rdb, names.Stream, names.Delayed, c.Stream.Group)
		if err != nil {
			return telemetry.Broker{}
		}
		// Those that wait for their turn are not on the stream yet.
		waiting, err := rdb.HGet(ctx, names.Waiting, commit.WaitingField).Int64()
		if err != nil && !errors.Is(err, redis.Nil) {
			return telemetry.Broker{}
		}
		if g.Backlog >= 0 {
			g.Backlog += waiting
		}
		seen.Skew = g.At.Sub(begin.Add(time.Since(begin) / 2))
		seen.Queues = append(seen.Queues, telemetry.Queue{
			Stream: stream, Backlog: g.Backlog, Pending: g.Pending, Delayed: g.Delayed, Consumers: g.Consumers, Oldest: g.Oldest,
		})
	}
	var err error
	if seen.DeadLetters, err = rdb.XLen(ctx, c.Stream.Rejected).Result(); err != nil {
		return telemetry.Broker{}
	}
	seen.Up = true
	return seen
}
