package cli

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

type tailCmd struct {
	RoutingKey string `arg:"" help:"The routing key that the request named."`
	From       string `default:"0" help:"Stream id to start after: 0 for everything, $ for what is new."`
	Keep       bool   `help:"Go on after the page is complete, and keep its live dashboard alive."`
}

// Help is shown by --help.
func (tailCmd) Help() string {
	return "Draws each widget as it arrives and ends after the page's closing message; a page that gave way to a later request is not the last.\nWith --json: one line a message, as it is on the stream."
}

// Run follows the routing key.
func (c *tailCmd) Run(e *env) error {
	cfg, rdb, err := e.connect("APP_DISPATCHER_OUTPUT_STREAM_PREFIX")
	if err != nil {
		return err
	}
	defer rdb.Close()
	if c.Keep {
		defer listen(e.ctx, rdb, c.RoutingKey)()
	}
	return follow(e, rdb, cfg.Stream.OutputPrefix+c.RoutingKey, c.From, "", !c.Keep)
}

// listened is how long a reader counts as listening after it last said so.
const listened = time.Minute

// listen says that somebody listens to a routing key until stop is called. What it cannot say now it says a little later.
func listen(ctx context.Context, rdb redis.Cmdable, routingKey string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(listened / 4)
		defer tick.Stop()
		for {
			_ = rdb.Set(ctx, models.ListeningKey(routingKey), "1", listened).Err()
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() { cancel(); <-done }
}
