package consumer

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// read takes entries as slots get free, never more, until ctx ends.
func (c *Consumer) read(ctx, work context.Context) {
	pause := pauseFirst
	for ctx.Err() == nil {
		free := c.acquire(ctx)
		if free == 0 {
			return
		}
		if free = c.takeOver(ctx, work, free); free == 0 {
			continue
		}
		taken, err := c.readNew(ctx, work, free)
		c.release(free - taken)
		if err == nil {
			pause = pauseFirst
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if isNoGroup(err) {
			err = c.createGroup(ctx)
		}
		if err != nil {
			// The reply may be lost, and with it entries that are ours now.
			c.recheckOwn.Store(true)
			c.Log.LogAttrs(ctx, slog.LevelWarn, "reading failed", slog.String("stream", c.Stream), slog.Any("error", err))
			sleep(ctx, jitter(pause))
			pause = min(2*pause, pauseLongest)
		}
	}
}

// takeOver claims what was left behind, when it is time to look, before anything new is read: it is older.
func (c *Consumer) takeOver(ctx, work context.Context, free int) (left int) {
	for _, look := range []struct {
		due *atomic.Bool
		own bool
	}{{&c.recheckOwn, true}, {&c.recheckForeign, false}} {
		if free == 0 || !look.due.CompareAndSwap(true, false) {
			continue
		}
		taken, err := c.claim(ctx, work, free, look.own)
		free -= taken
		if err != nil || free == 0 {
			look.due.Store(true) // not all has been looked at
		}
		if err != nil && ctx.Err() == nil {
			c.Log.LogAttrs(ctx, slog.LevelWarn, "taking over failed", slog.Any("error", err))
		}
	}
	return free
}

// acquire waits for one free slot and takes all that are free; 0 when ctx ended.
func (c *Consumer) acquire(ctx context.Context) (free int) {
	select {
	case c.slots <- struct{}{}:
		free = 1
	case <-ctx.Done():
		return 0
	}
	for free < c.Slots {
		select {
		case c.slots <- struct{}{}:
			free++
		default:
			return free
		}
	}
	return free
}

func (c *Consumer) release(n int) {
	for range n {
		<-c.slots
	}
}

// readNew reads entries that nobody has had and starts them.
func (c *Consumer) readNew(ctx, work context.Context, most int) (taken int, err error) {
	streams, err := c.Redis.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: c.Group, Consumer: c.Name, Streams: []string{c.Stream, ">"}, Count: int64(most), Block: readBlock,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, m := range streams[0].Messages {
		c.start(work, newEntry(m.ID, flatten(m.Values), 1))
	}
	n := len(streams[0].Messages)
	call(c.Hooks.Read, n)
	return n, nil
}

// flatten returns the fields of an entry. Field order is not kept by the driver, and nothing depends on it.
func flatten(values map[string]any) []string {
	fields := make([]string, 0, 2*len(values))
	for name, value := range values {
		text, _ := value.(string)
		fields = append(fields, name, text)
	}
	return fields
}
