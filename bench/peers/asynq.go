package main

import (
	"context"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// asynqTask is the name of the one kind of task. Its queue is named after the job.
const asynqTask = "request"

func asynqWorker(concurrency int) func(ctx context.Context, j job) error {
	return func(ctx context.Context, j job) error {
		rdb := redis.NewClient(&redis.Options{Addr: j.redis, PoolSize: concurrency + 10})
		defer rdb.Close()
		server := asynq.NewServer(asynq.RedisClientOpt{Addr: j.redis, PoolSize: concurrency + 10}, asynq.Config{
			Concurrency: concurrency, Queues: map[string]int{j.prefix + "in": 1}, LogLevel: asynq.FatalLevel,
		})
		err := server.Start(asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
			key, out, err := serve(t.Payload())
			if err != nil {
				return err
			}
			return rdb.XAdd(ctx, &redis.XAddArgs{Stream: j.prefix + "out:" + key, Values: entry(key, out)}).Err()
		}))
		if err != nil {
			return err
		}
		<-ctx.Done()
		server.Shutdown()
		return nil
	}
}

// asynqFill enqueues requests, from several connections since the client sends one at a time.
func asynqFill(ctx context.Context, j job, from, to, outputs int) error {
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: j.redis})
	defer client.Close()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i := from; i < to; i++ {
		group.Go(func() error {
			_, err := client.EnqueueContext(ctx, asynq.NewTask(asynqTask, payload(i, outputs)), asynq.Queue(j.prefix+"in"))
			return err
		})
	}
	return group.Wait()
}

// asynqLeft counts the tasks that are not finished.
func asynqLeft(ctx context.Context, rdb *redis.Client, j job) (int64, error) {
	pipe := rdb.Pipeline()
	pending := pipe.LLen(ctx, "asynq:{"+j.prefix+"in}:pending")
	active := pipe.LLen(ctx, "asynq:{"+j.prefix+"in}:active")
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, err
	}
	return pending.Val() + active.Val(), nil
}
