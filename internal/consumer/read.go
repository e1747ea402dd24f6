package consumer

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// read takes entries as slots get free, never more, until ctx ends.
func (c *Consumer) read(ctx context.Context) {
	pause := pauseFirst
	for ctx.Err() == nil {
		free := c.acquire(ctx)
		if free == 0 {
			return
		}
		if free = c.takeOver(ctx, free); free == 0 {
			continue
		}
		taken, err := c.readNew(ctx, free)
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
func (c *Consumer) takeOver(ctx context.Context, free int) (left int) {
	for _, look := range []struct {
		due *atomic.Bool
		own bool
	}{{&c.recheckOwn, true}, {&c.recheckForeign, false}} {
		if free == 0 || !look.due.CompareAndSwap(true, false) {
			continue
		}
		taken, err := c.claim(ctx, free, look.own)
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
func (c *Consumer) readNew(ctx context.Context, most int) (taken int, err error) {
	block := readBlock
	if c.suspectsWait.Load() {
		block = readShortly
	}
	args := []any{
		"XREADGROUP", "GROUP", c.Group, c.Name, "COUNT", most, "BLOCK", block.Milliseconds(), "STREAMS", c.Stream, ">",
	}
	c.reply.reset()
	if err = c.Redis.Process(ctx, redis.NewRawWriteToCmd(ctx, &c.reply, args...)); err != nil {
		return 0, err
	}
	if c.reply.refused { // the driver has not seen the error: it may have to ask another node, or give the connection up
		again := redis.NewSliceCmd(ctx, args...)
		if err = c.Redis.Process(ctx, again); err != nil && !errors.Is(err, redis.Nil) {
			return 0, err
		}
		c.reply.reset()
		c.reply.empty = err != nil
		c.reply.add(again.Val())
	}
	if c.reply.empty {
		return 0, nil
	}
	entries, err := c.reply.entries()
	if err != nil {
		return 0, err
	}
	c.lane++
	c.start(entries...)
	call(c.Hooks.Read, len(entries))
	return len(entries), nil
}

// texts returns a list of strings as the driver's plain reply holds it.
func texts(reply any) []string {
	list, _ := reply.([]any)
	out := make([]string, len(list))
	for i, v := range list {
		out[i], _ = v.(string)
	}
	return out
}
