package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

type sendCmd struct {
	Name       string `arg:"" optional:"" name:"event-name" help:"Event name, in place of --event."`
	Event      string `default:"insights" help:"Event name."`
	Page       string `help:"Page name, for events that take it as sent."`
	RoutingKey string `help:"Who reads the answer; a new one when left out."`
	Tech       string `help:"How it travels: REDIS STREAM (default), API or SSE."`
	File       string `help:"Send this file as it is (- for standard input) instead of making a request."`
	Follow     bool   `short:"f" help:"Then follow the answer, as tail does."`

	ask
}

// Help is shown by --help.
func (sendCmd) Help() string {
	return "Examples:\n  dispatcher send insights --start 2002-09-01 --end 2002-09-30 --follow" +
		"\n  dispatcher send insights --start 2002-09-01 --end 2002-09-30 --routing-key me && dispatcher tail me"
}

// Run sends the request and prints its entry id and routing key.
func (c *sendCmd) Run(e *env) error {
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM", "APP_DISPATCHER_OUTPUT_STREAM_PREFIX")
	if err != nil {
		return err
	}
	defer rdb.Close()
	if c.RoutingKey == "" {
		c.RoutingKey = fmt.Sprintf("cli-%d", time.Now().UnixNano())
	}
	if c.Name != "" {
		c.Event = c.Name
	}
	payload, err := c.payload()
	if err != nil {
		return err
	}
	id, err := send(e.ctx, rdb, cfg.Stream.Input, payload)
	if err != nil {
		return err
	}
	stream := cfg.Stream.OutputPrefix + c.RoutingKey
	switch {
	case c.Follow:
		return follow(e, rdb, stream, "0", named(payload), true)
	case e.json:
		return e.printJSON(map[string]string{"entry": id, "routing_key": c.RoutingKey, "output_stream": stream})
	default:
		fmt.Fprintf(e.out, "sent as entry %s; the answer comes on %s\n(dispatcher tail %s)\n", id, stream, c.RoutingKey)
		return nil
	}
}

func (c *sendCmd) payload() ([]byte, error) {
	if c.File != "" {
		return sent(c.File)
	}
	return c.request(time.Now())
}

// request makes the envelope that the flags describe. Who follows its answer gives it a name, since others may be answered on the same stream.
func (c *sendCmd) request(now time.Time) ([]byte, error) {
	more := map[string]string{"routing_key": c.RoutingKey, "page_name": c.Page, "stream_tech": c.Tech}
	if c.Follow {
		more["request_id"] = "cli-" + rand.Text()
	}
	return c.ask.request(c.Event, more, now)
}

// named returns the request_id that a request brings, empty where it brings none.
func named(payload []byte) string {
	r, err := models.Decoder{}.Decode(string(payload))
	if err != nil {
		return "" // its requester is told
	}
	return r.RequestID
}

// send adds a request to the input stream.
func send(ctx context.Context, rdb redis.Cmdable, stream string, payload []byte) (entry string, err error) {
	entry, err = rdb.XAdd(ctx, &redis.XAddArgs{Stream: stream, Values: []any{"payload", payload}}).Result()
	if err != nil {
		return "", fmt.Errorf("add to %s: %w", stream, err)
	}
	return entry, nil
}
