package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// rounds says how live dashboards are answered. Their readers say that they listen on the broker, or on the backend where they poll it.
func rounds(c *config.Config, broker, store redis.Cmdable) dispatch.Rounds {
	return dispatch.Rounds{
		Interval: c.Dispatcher.LiveInterval, Shortest: c.Dispatcher.LiveShortest, Longest: c.Dispatcher.LiveLongest, Unheard: c.Dispatcher.LiveUnheard,
		Key: commit.NamesOf(c.Stream.Input).Rounds,
		State: func(ctx context.Context, key, routingKey string) (holder string, listening bool, err error) {
			holder, err = broker.Get(ctx, key).Result()
			if err != nil && !errors.Is(err, redis.Nil) {
				return "", false, fmt.Errorf("read %s: %w", key, err)
			}
			for _, on := range []redis.Cmdable{broker, store} {
				n, err := on.Exists(ctx, models.ListeningKey(routingKey)).Result()
				if err != nil {
					return "", false, fmt.Errorf("look for listeners: %w", err)
				}
				listening = listening || n > 0
				if broker == store {
					break
				}
			}
			return holder, listening, nil
		},
	}
}
