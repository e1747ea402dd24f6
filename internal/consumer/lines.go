package consumer

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// lines is what this consumer remembers of the lines of its stream (commit.Queue): it is tidy's.
type lines struct {
	looked time.Time
	// missing are the turns whose entry the last look did not find.
	missing map[string]string
}

// mendLines gives turns on whose entry is gone: taken from the stream by hand, or ended by a version that knew no lines. Otherwise what waits behind it
// would wait for ever. A turn is given on when two looks have missed its entry, because one may be put off or put back while it is looked for.
func (c *Consumer) mendLines(ctx context.Context) {
	if !c.Lines || time.Since(c.lines.looked) < c.Lease {
		return
	}
	c.lines.looked = time.Now()
	missing, err := c.missingTurns(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.LogAttrs(ctx, slog.LevelWarn, "turns were not looked at", slog.Any("error", err))
		}
		return
	}
	var passed []commit.Op
	for key, turn := range missing {
		if c.lines.missing[key] == turn {
			passed = append(passed, commit.Pass{Stream: c.Stream, Key: key, Turn: turn})
		}
	}
	c.lines.missing = missing
	if len(passed) == 0 {
		return
	}
	c.Log.LogAttrs(ctx, slog.LevelWarn, "turns are given on whose entries are gone", slog.String("stream", c.Stream), slog.Int("turns", len(passed)))
	for ops := range slices.Chunk(passed, 100) {
		s := commit.Submission{Request: c.names.Turns, Outputs: []commit.Output{{Ops: ops}}, Final: true, Fresh: true}
		_ = c.committer.Submit(ctx, s, unheard{}) // what fails is missing at the next look again
	}
}

// unheard is the waiter of whoever does not wait.
type unheard struct{}

func (unheard) Answered(commit.Status, error) {}

func (unheard) Lost() bool { return false }

// missingTurns returns the turns whose entry is neither put off nor on the stream. It looks for single ones only where turns are more than entries.
func (c *Consumer) missingTurns(ctx context.Context) (map[string]string, error) {
	turns, err := c.Redis.HLen(ctx, c.names.Turns).Result()
	if err != nil || turns == 0 {
		return nil, err
	}
	delayed, err := c.Redis.ZCard(ctx, c.names.Delayed).Result()
	if err != nil {
		return nil, err
	}
	entries, err := c.Redis.XLen(ctx, c.Stream).Result()
	if err != nil || turns <= delayed+entries {
		return nil, err
	}
	missing, err := c.Redis.HGetAll(ctx, c.names.Turns).Result()
	if err != nil {
		return nil, err
	}
	here, err := c.firsts(ctx)
	maps.DeleteFunc(missing, func(_, turn string) bool { return here[turn] })
	return missing, err
}

// firsts returns the ids under which the entries first came that are put off or on the stream.
func (c *Consumer) firsts(ctx context.Context) (map[string]bool, error) {
	here := map[string]bool{}
	members, err := c.Redis.ZRangeByScore(ctx, c.names.Delayed, &redis.ZRangeBy{Min: "-inf", Max: "+inf"}).Result()
	if err != nil {
		return nil, err
	}
	for _, member := range members {
		entry, fields, err := commit.UnpackFields(member)
		if err != nil {
			return nil, fmt.Errorf("consumer: %w", err)
		}
		here[newEntry(entry, fields, 1).First] = true
	}
	for from := "-"; from != ""; {
		entries, err := c.Redis.XRangeN(ctx, c.Stream, from, "+", scanCount).Result()
		if err != nil {
			return nil, err
		}
		from = ""
		for _, e := range entries {
			first, put := e.Values[fieldFirst].(string)
			if !put {
				first = e.ID
			}
			here[first] = true
			from = "(" + e.ID
		}
	}
	return here, nil
}
