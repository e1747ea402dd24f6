package process

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
)

// Checks are what the process needs to be ready: backend is nil where it is the broker.
func Checks(c *config.Config, broker, backend redis.UniversalClient, sources func(context.Context) error) []gateway.Check {
	list := []gateway.Check{
		{Name: "redis", Run: func(ctx context.Context) error { return broker.Ping(ctx).Err() }},
		{Name: "group", Run: func(ctx context.Context) error { return groupExists(ctx, broker, c) }},
	}
	if backend != nil {
		list = append(list, gateway.Check{Name: "backend_redis", Run: func(ctx context.Context) error { return backend.Ping(ctx).Err() }})
	}
	return append(list, gateway.Check{Name: "sources", Run: sources})
}

func groupExists(ctx context.Context, broker redis.UniversalClient, c *config.Config) error {
	groups, err := broker.XInfoGroups(ctx, c.Stream.Input).Result()
	if err == nil {
		for _, g := range groups {
			if g.Name == c.Stream.Group {
				return nil
			}
		}
	} else if err.Error() != "ERR no such key" {
		return err
	}
	return fault.New(fault.Transient, "group_missing", "the consumer group does not exist; a consumer makes it when it starts", err)
}
