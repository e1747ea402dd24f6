package main

import (
	"context"
	"os/exec"
	"strings"

	"github.com/redis/go-redis/v9"
)

// peer is a worker that is measured.
type peer struct {
	name  string
	title string
	// work runs it in a process of this program; command makes a process of its own program instead.
	work    func(ctx context.Context, j job) error
	command func(j job) (*exec.Cmd, error)
	// fill puts requests from..to on its input, left counts those that are not finished.
	fill func(ctx context.Context, rdb *redis.Client, j job, from, to, outputs int) error
	left func(ctx context.Context, rdb *redis.Client, j job) (int64, error)
	// share is how much of the requests it gets: slow ones need fewer for the same time.
	share float64
}

// Names that the verdicts refer to.
const (
	ours  = "dispatcher"
	shell = "consumer"
	hand  = "bare"
)

func peers() []*peer {
	return []*peer{
		{name: ours, title: "Dispatcher, results exactly once", work: dispatcher, fill: fillStream(plain), left: streamLeft, share: 1},
		{name: shell, title: "its consumer as shipped, echo page", command: shipped(consumerBinary), fill: fillStream(plain), left: streamLeft, share: 1},
		{name: hand, title: "bare go-redis and encoding/json, two connections", work: bare, fill: fillStream(plain), left: streamLeft, share: 1},
		{name: "watermill-10", title: "Watermill, 10 subscribers", work: watermillWorker(10), fill: fillStream(watermillEntry), left: streamLeft, share: 0.4},
		{name: "watermill-50", title: "Watermill, 50 subscribers", work: watermillWorker(50), fill: fillStream(watermillEntry), left: streamLeft, share: 0.4},
		{name: "asynq", title: "asynq, concurrency 50", work: asynqWorker(50), fill: func(ctx context.Context, _ *redis.Client, j job, from, to, outputs int) error {
			return asynqFill(ctx, j, from, to, outputs)
		}, left: asynqLeft, share: 0.25},
	}
}

func plain(_ string, raw []byte) ([]any, error) { return []any{"payload", raw}, nil }

// fillStream writes requests to a stream, a thousand a round trip.
func fillStream(entry func(stream string, raw []byte) ([]any, error)) func(context.Context, *redis.Client, job, int, int, int) error {
	return func(ctx context.Context, rdb *redis.Client, j job, from, to, outputs int) error {
		for from < to {
			pipe := rdb.Pipeline()
			for end := min(to, from+1000); from < end; from++ {
				values, err := entry(j.prefix+"in", payload(from, outputs))
				if err != nil {
					return err
				}
				pipe.XAdd(ctx, &redis.XAddArgs{Stream: j.prefix + "in", Values: values})
			}
			if _, err := pipe.Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// streamLeft counts the entries that the group has not acknowledged: what it has not read, and what is pending. Who deletes
// finished entries leaves the stream's length as that count.
func streamLeft(ctx context.Context, rdb *redis.Client, j job) (int64, error) {
	groups, err := rdb.XInfoGroups(ctx, j.prefix+"in").Result()
	if err != nil || len(groups) == 0 {
		length, err := rdb.XLen(ctx, j.prefix+"in").Result()
		return length, err
	}
	g := groups[0]
	if g.Lag < 0 { // the server can't tell once entries are deleted
		return rdb.XLen(ctx, j.prefix+"in").Result()
	}
	return g.Lag + g.Pending, nil
}

func isBusyGroup(err error) bool { return strings.HasPrefix(err.Error(), "BUSYGROUP") }
