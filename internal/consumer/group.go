package consumer

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"
)

// createGroup makes the stream and its group where they are missing. A group starts at 0: what was sent
// before the first start, or before the group was destroyed, is served. A server that has lost the group has lost the
// heartbeats too.
func (c *Consumer) createGroup(ctx context.Context) error {
	err := c.Redis.XGroupCreateMkStream(ctx, c.Stream, c.Group, "0").Err()
	switch {
	case err == nil:
		c.Log.LogAttrs(ctx, slog.LevelInfo, "consumer group created at 0", slog.String("stream", c.Stream), slog.String("group", c.Group))
		call(c.Hooks.GroupCreated, 1)
		return c.beat(ctx)
	case strings.HasPrefix(err.Error(), "BUSYGROUP"):
		return nil
	default:
		return fmt.Errorf("consumer: create group %s of %s: %w", c.Group, c.Stream, err)
	}
}

// checkAlone looks whether another group reads the stream too: its entries must then stay. Where there is none, ours was destroyed just now: what is
// finished meanwhile must go all the same, or the group that is made again would be handed it anew.
func (c *Consumer) checkAlone(ctx context.Context) error {
	groups, err := c.Redis.XInfoGroups(ctx, c.Stream).Result()
	if err != nil {
		return fmt.Errorf("consumer: look for other groups of %s: %w", c.Stream, err)
	}
	c.alone.Store(len(groups) <= 1)
	return nil
}

func isNoGroup(err error) bool { return strings.Contains(err.Error(), "NOGROUP") }

// jitter spreads a period by a fifth to either side, so that many consumers do not act in step.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// sleep waits; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
