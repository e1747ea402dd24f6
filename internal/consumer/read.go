package consumer

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// read takes entries as places get free, never more, until ctx ends.
func (c *Consumer) read(ctx context.Context) {
	pause := pauseFirst
	for ctx.Err() == nil {
		if c.awaitResume(ctx); ctx.Err() != nil {
			return
		}
		step := c.readInOrder
		if c.fair.on {
			step = c.readFairly
		}
		err := step(ctx)
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

// readInOrder starts entries in the order of the stream. Where a backlog is not worked off at once, tenants take turns from then on.
func (c *Consumer) readInOrder(ctx context.Context) error {
	patience := time.Duration(0)
	if c.Fair.Tenant != nil {
		patience = paceWindow
	}
	free := c.places.take(ctx, c.most(), patience)
	if free == 0 {
		c.fair.on = patience > 0 && ctx.Err() == nil
		return nil
	}
	if free = c.takeOver(ctx, free); free == 0 {
		return nil
	}
	taken, err := c.readNew(ctx, free)
	c.places.back(free - taken)
	if err == nil && patience > 0 && !c.fair.keptPace(free, taken) {
		c.fair.on = true
	}
	return err
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

// readNew reads entries that nobody has had and starts them.
func (c *Consumer) readNew(ctx context.Context, most int) (taken int, err error) {
	block := readBlock
	if c.suspectsWait.Load() {
		block = readShortly
	}
	entries, err := c.readEntries(ctx, most, block)
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

// readEntries reads entries that nobody has had. Block below zero does not wait for any.
func (c *Consumer) readEntries(ctx context.Context, most int, block time.Duration) ([]*Entry, error) {
	args := []any{"XREADGROUP", "GROUP", c.Group, c.Name, "COUNT", most}
	if block >= 0 {
		args = append(args, "BLOCK", block.Milliseconds())
	}
	args = append(args, "STREAMS", c.Stream, ">")
	key := int8(len(args) - 2) // of the stream: a cluster's client sends the command to its node
	c.reply.reset()
	read := redis.NewRawWriteToCmd(ctx, &c.reply, args...)
	read.SetFirstKeyPos(key)
	if err := c.Redis.Process(ctx, read); err != nil {
		return nil, err
	}
	if c.reply.refused { // the driver has not seen the error: it may have to ask another node, or give the connection up
		again := redis.NewSliceCmd(ctx, args...)
		again.SetFirstKeyPos(key)
		err := c.Redis.Process(ctx, again)
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, err
		}
		c.reply.reset()
		c.reply.empty = err != nil
		c.reply.add(again.Val())
	}
	if c.reply.empty {
		return nil, nil
	}
	return c.reply.entries()
}
