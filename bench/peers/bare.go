package main

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// bareBatch is how many entries the bare loop reads at a time.
const bareBatch = 500

// bare is what a skilled hand writes around the driver: two connections, each reads a batch, answers it with encoding/json,
// and sends all outputs with one acknowledgement in one pipeline. A result may be doubled when it dies.
func bare(ctx context.Context, j job) error {
	rdb := redis.NewClient(&redis.Options{Addr: j.redis, Protocol: 2, MaxRetries: -1})
	defer rdb.Close()
	err := rdb.XGroupCreateMkStream(ctx, j.prefix+"in", "g", "0").Err()
	if err != nil && !isBusyGroup(err) {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range []string{"c1", "c2"} {
		group.Go(func() error { return bareLoop(ctx, rdb, j, name) })
	}
	return group.Wait()
}

func bareLoop(ctx context.Context, rdb *redis.Client, j job, name string) error {
	for ctx.Err() == nil {
		read, err := rdb.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: "g", Consumer: name, Streams: []string{j.prefix + "in", ">"}, Count: bareBatch, Block: time.Second,
		}).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return err
		}
		pipe := rdb.Pipeline()
		ids := make([]string, 0, bareBatch)
		for _, m := range read[0].Messages {
			raw, _ := m.Values["payload"].(string)
			key, out, err := serve([]byte(raw))
			if err != nil {
				return err
			}
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: j.prefix + "out:" + key, Values: entry(key, out)})
			ids = append(ids, m.ID)
		}
		pipe.XAck(ctx, j.prefix+"in", "g", ids...)
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
