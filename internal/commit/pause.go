package commit

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Pause has all consumers of an input stream, of every class, read nothing more. They look for it once a second and when they start: what they have read is
// served to its end, and what comes waits on the stream. It holds until Resume, or until it has lasted as long as it was to; 0 has no end.
func Pause(ctx context.Context, rdb redis.Cmdable, n Names, by, why string, lasts time.Duration) error {
	_, err := rdb.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Del(ctx, n.Paused)
		pipe.HSet(ctx, n.Paused, "by", by, "why", why, "at", time.Now().UTC().Format(time.RFC3339))
		if lasts > 0 {
			pipe.PExpire(ctx, n.Paused, lasts)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("commit: pause: %w", err)
	}
	return nil
}

// Resume ends a pause. Without one it does nothing.
func Resume(ctx context.Context, rdb redis.Cmdable, n Names) error {
	if err := rdb.Del(ctx, n.Paused).Err(); err != nil {
		return fmt.Errorf("commit: resume: %w", err)
	}
	return nil
}

// Paused is who paused reading, when and why.
type Paused struct {
	By  string `json:"by"`
	Why string `json:"why"`
	// Since is when, RFC 3339.
	Since string `json:"since"`
	// Until is when it ends by itself; null is never.
	Until *time.Time `json:"until"`
}

// PausedBy says who paused reading; nil is nobody.
func PausedBy(ctx context.Context, rdb redis.Cmdable, n Names) (*Paused, error) {
	var said *redis.MapStringStringCmd
	var left *redis.DurationCmd
	_, err := rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		said, left = pipe.HGetAll(ctx, n.Paused), pipe.PTTL(ctx, n.Paused)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("commit: ask for a pause: %w", err)
	}
	is := said.Val()
	if len(is) == 0 {
		return nil, nil //nolint:nilnil // nobody
	}
	p := &Paused{By: is["by"], Why: is["why"], Since: is["at"]}
	if left.Val() > 0 {
		ends := time.Now().Add(left.Val()).UTC().Truncate(time.Second)
		p.Until = &ends
	}
	return p, nil
}
