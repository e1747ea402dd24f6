package consumer

import (
	"context"
	"log/slog"
	"time"
)

// pauseLook is how often the reader looks whether the pause is over, as far as the process knows.
const pauseLook = 50 * time.Millisecond

// lookForPause asks whether reading is paused (commit.Pause). A server that does not answer leaves what was known: a pause is an operator's word, not
// a fault's.
func (c *Consumer) lookForPause(ctx context.Context) {
	n, err := c.Redis.Exists(ctx, c.names.Paused).Result()
	if err != nil {
		return
	}
	if paused := n > 0; c.paused.Swap(paused) != paused {
		said := "reading goes on"
		if paused {
			said = "reading is paused; what runs goes on"
		}
		c.Log.LogAttrs(ctx, slog.LevelInfo, said, slog.String("stream", c.Stream))
	}
}

// awaitResume returns when reading is not paused, or ctx has ended.
func (c *Consumer) awaitResume(ctx context.Context) {
	for c.paused.Load() && sleep(ctx, pauseLook) {
	}
}
