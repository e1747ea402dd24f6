package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/cli/draw"
	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// message is what a reader needs of an output message.
type message struct {
	EventName string          `json:"eventName"`
	EventData json.RawMessage `json:"eventData"`
	RequestID string          `json:"request_id"`
	// raw is the message as it is on the stream.
	raw string
}

const closingWidget = "Complete"

// widget returns the part of the event name after the double underscore.
func (m *message) widget() string {
	_, w, ok := strings.Cut(m.EventName, "__")
	if !ok {
		return m.EventName
	}
	return w
}

// closes says whether the message ends the page of a reader who waits for one request, or for whichever is answered: a page that gave way to a later request is
// not the last one there.
func (m *message) closes(request string) bool {
	if m.widget() != closingWidget {
		return false
	}
	var data struct {
		Status string `json:"status"`
	}
	_ = json.Unmarshal(m.EventData, &data)
	return request != "" || data.Status != string(commit.Superseded)
}

// eachMessage reads a stream as messages come, from after the id from, until f says that it is done.
func eachMessage(ctx context.Context, rdb redis.Cmdable, stream, from string, f func(m *message) (done bool, err error)) error {
	for {
		read, err := rdb.XRead(ctx, &redis.XReadArgs{Streams: []string{stream, from}, Count: 100, Block: time.Second}).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
		for _, entry := range read[0].Messages {
			from = entry.ID
			var m message
			m.raw, _ = entry.Values["payload"].(string)
			if err := json.Unmarshal([]byte(m.raw), &m); err != nil {
				return fmt.Errorf("entry %s of %s: %w", entry.ID, stream, err)
			}
			if done, err := f(&m); done || err != nil {
				return err
			}
		}
	}
}

// follow shows the messages of a stream as they come: those of one request, where it is named, else all. untilComplete ends it at the closing message.
func follow(e *env, rdb redis.Cmdable, stream, from, request string, untilComplete bool) error {
	started := time.Now()
	opts := draw.For(e.out)
	return eachMessage(e.ctx, rdb, stream, from, func(m *message) (bool, error) {
		if request != "" && m.RequestID != request {
			return false, nil
		}
		return untilComplete && m.closes(request), show(e, opts, m, time.Since(started))
	})
}

// show prints one message.
func show(e *env, opts draw.Options, m *message, after time.Duration) error {
	if e.json {
		_, err := fmt.Fprintln(e.out, m.raw)
		return err
	}
	if m.widget() == closingWidget {
		return draw.Complete(e.out, opts, m.EventData)
	}
	return draw.Widget(e.out, opts, m.widget(), after.Round(100*time.Microsecond).String(), m.EventData)
}
