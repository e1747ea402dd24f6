package app

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
)

// withdrawnFor is how long a withdrawn request is remembered: longer than any request may wait and then run.
func withdrawnFor(c *config.Config) time.Duration { return 2 * c.EventTimeout }

// cancels says how a request is canceled.
func cancels(c *config.Config) func(request string) commit.Op {
	return func(request string) commit.Op {
		return commit.Withdraw{Stream: c.Stream.Input, Request: request, As: commit.Canceled, For: withdrawnFor(c)}
	}
}

// newest says how a request takes the place of an earlier one.
func newest(c *config.Config, broker redis.UniversalClient) func(context.Context, dispatch.Newest) (commit.Status, error) {
	n := commit.Newest{Redis: broker, Stream: c.Stream.Input, Window: c.Dispatcher.DedupWindow, For: withdrawnFor(c)}
	return func(ctx context.Context, r dispatch.Newest) (commit.Status, error) {
		return n.Claim(ctx, n.Key(r.Tenant, r.Product, r.Page, r.RoutingKey), r.First, r.Request)
	}
}
