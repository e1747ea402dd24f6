package api

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

//go:embed way.lua
var wayText string

//nolint:gochecknoglobals // a compiled script is a constant
var wayScript = redis.NewScript(wayText)

// noteLimit bounds what a stream waits until its request's moments are noted; everything is sent by then.
const noteLimit = time.Second

// step is a moment of a request's way: when a message was on the stream, by the broker's clock in milliseconds, and when it had been written to a client.
type step struct {
	id   uint64
	sent time.Time
}

// follower sees what is sent to one client of one request, and notes once how long the first widget and the closing message took. It is the stream's alone.
type follower struct {
	api     *API
	request string
	began   time.Time
	// resumed says that the client had the request's beginning from another stream.
	resumed      bool
	first, ended step
}

// sent hears of messages that were written and flushed.
func (f *follower) sent(ctx context.Context, messages []*feed.Message) {
	if f.ended.id != 0 {
		return // a live dashboard's first round is its way
	}
	now := time.Now()
	for _, m := range messages {
		switch {
		case m.Complete && f.ended.id == 0:
			f.ended = step{m.Mark.ID.MS, now}
		case f.first.id == 0 && !f.resumed:
			f.first = step{m.Mark.ID.MS, now}
		}
	}
	if f.ended.id == 0 {
		return
	}
	if err := f.note(ctx); err != nil {
		f.api.o.Log.DebugContext(ctx, "the way of a request is not noted", slog.String("request_id", f.request), telemetry.Err(err))
	}
}

// note writes the moments into the request's record. Times of this process go as ages, so that its clock does not matter.
func (f *follower) note(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteLimit) // a client that has its page is often gone at once
	defer cancel()
	args := []any{time.Since(f.began).Milliseconds()}
	for name, s := range map[string]step{"first": f.first, "complete": f.ended} {
		if s.id != 0 {
			args = append(args, name, s.id, time.Since(s.sent).Milliseconds())
		}
	}
	if err := wayScript.Run(ctx, f.api.o.Redis, []string{f.api.names.record(f.request)}, args...).Err(); err != nil {
		return fmt.Errorf("api: note the way of a request: %w", err)
	}
	return nil
}
