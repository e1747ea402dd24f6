package app

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// cooldowns reads on the broker what commits have left there.
type cooldowns struct {
	rdb    redis.Cmdable
	prefix string
}

var _ strategies.Cooldowns = (*cooldowns)(nil)

// Key returns a subject's key.
func (c *cooldowns) Key(subject string) string { return c.prefix + subject }

// Until reads when each cooldown ends.
func (c *cooldowns) Until(ctx context.Context, keys []string) ([]time.Time, error) {
	values, err := c.rdb.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, fault.New(fault.Transient, "status_unavailable", "", fmt.Errorf("app: read cooldowns: %w", err))
	}
	out := make([]time.Time, len(keys))
	for i, v := range values {
		text, _ := v.(string)
		if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
			out[i] = time.UnixMilli(ms)
		}
	}
	return out, nil
}
