package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/cli/draw"
)

type tailCmd struct {
	RoutingKey string `arg:"" help:"The routing key that the request named."`
	From       string `default:"0" help:"Stream id to start after: 0 for everything, $ for what is new."`
	Keep       bool   `help:"Go on after the page is complete."`
}

// Help is shown by --help.
func (tailCmd) Help() string {
	return "Draws each widget as it arrives and ends after the page's closing message.\nWith --json: one line a message, as it is on the stream."
}

// Run follows the routing key.
func (c *tailCmd) Run(e *env) error {
	cfg, err := e.config("APP_DISPATCHER_OUTPUT_STREAM_PREFIX")
	if err != nil {
		return err
	}
	rdb, err := e.broker(cfg)
	if err != nil {
		return err
	}
	defer rdb.Close()
	return follow(e, rdb, cfg.Stream.OutputPrefix+c.RoutingKey, c.From, !c.Keep)
}

// outputMessage is what a reader needs of an output message.
type outputMessage struct {
	EventName string          `json:"eventName"`
	EventData json.RawMessage `json:"eventData"`
}

// widget returns the part of the event name after the double underscore.
func (m *outputMessage) widget() string {
	_, w, ok := strings.Cut(m.EventName, "__")
	if !ok {
		return m.EventName
	}
	return w
}

const closingWidget = "Complete"

// follow prints the messages of a stream as they come; untilComplete ends it at the closing message.
func follow(e *env, rdb redis.Cmdable, stream, from string, untilComplete bool) error {
	started := time.Now()
	opts := draw.For(e.out)
	for {
		read, err := rdb.XRead(e.ctx, &redis.XReadArgs{Streams: []string{stream, from}, Count: 100, Block: time.Second}).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
		for _, entry := range read[0].Messages {
			from = entry.ID
			payload, _ := entry.Values["payload"].(string)
			var m outputMessage
			if err := json.Unmarshal([]byte(payload), &m); err != nil {
				return fmt.Errorf("entry %s of %s: %w", entry.ID, stream, err)
			}
			if err := show(e, opts, &m, payload, time.Since(started)); err != nil {
				return err
			}
			if untilComplete && m.widget() == closingWidget {
				return nil
			}
		}
	}
}

// show prints one message.
func show(e *env, opts draw.Options, m *outputMessage, payload string, after time.Duration) error {
	if e.json {
		_, err := fmt.Fprintln(e.out, payload)
		return err
	}
	if m.widget() == closingWidget {
		return draw.Complete(e.out, opts, m.EventData)
	}
	return draw.Widget(e.out, opts, m.widget(), after.Round(100*time.Microsecond).String(), m.EventData)
}

// keyJSON reads key=JSON; what is not JSON is taken as a string.
func keyJSON(pair string) (string, any, error) {
	key, text, ok := strings.Cut(pair, "=")
	if !ok || key == "" {
		return "", nil, fmt.Errorf("--set %q is not key=JSON", pair)
	}
	if json.Valid([]byte(text)) {
		return key, json.RawMessage(text), nil
	}
	return key, text, nil
}
