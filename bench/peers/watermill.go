package main

import (
	"context"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// watermillWorker reads with a number of subscribers, which is what makes Watermill quick: each has one message at a time.
func watermillWorker(subscribers int) func(ctx context.Context, j job) error {
	return func(ctx context.Context, j job) error {
		client := redis.NewClient(&redis.Options{Addr: j.redis, PoolSize: 2*subscribers + 10})
		defer client.Close()
		publisher, err := redisstream.NewPublisher(redisstream.PublisherConfig{Client: client}, watermill.NopLogger{})
		if err != nil {
			return err
		}
		group, ctx := errgroup.WithContext(ctx)
		for range subscribers {
			s, err := redisstream.NewSubscriber(redisstream.SubscriberConfig{Client: client, ConsumerGroup: "g", OldestId: "0"}, watermill.NopLogger{})
			if err != nil {
				return err
			}
			messages, err := s.Subscribe(ctx, j.prefix+"in")
			if err != nil {
				return err
			}
			group.Go(func() error {
				for m := range messages {
					key, out, err := serve(m.Payload)
					if err != nil {
						return err
					}
					if err := publisher.Publish(j.prefix+"out:"+key, message.NewMessage(m.UUID, out)); err != nil {
						return err
					}
					m.Ack()
				}
				return nil
			})
		}
		return group.Wait()
	}
}

// watermillEntry is a request as Watermill's publisher writes it.
func watermillEntry(stream string, raw []byte) ([]any, error) {
	values, err := redisstream.DefaultMarshallerUnmarshaller{}.Marshal(stream, message.NewMessage(watermill.NewUUID(), raw))
	if err != nil {
		return nil, err
	}
	var list []any
	for k, v := range values {
		list = append(list, k, v)
	}
	return list, nil
}
