package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Consumer is the consumer as it is shipped, on a Redis of the measurement's own; a process of its own, which may be started anew.
type Consumer struct {
	Binary string // of cmd/consumer
	Redis  *Redis
	Env    []string // beside that of the broker and the streams

	process *Process
	highest float64 // peak of the processes that have ended
	runs    int
	last    string // id of the last output that was read
}

// Visit is a page as it came: its widgets' messages in their order, when the first and when the last of them were read.
type Visit struct {
	First, Page time.Duration
	Widgets     []Widget
}

// Widget is what Dispatcher says of one, as far as measurements look at it.
type Widget struct {
	EventName string `json:"eventName"`
	EventData struct {
		Status string          `json:"status"`
		Error  json.RawMessage `json:"error"`
		Schema struct {
			Fields []struct {
				Name string `json:"name"`
			} `json:"fields"`
		} `json:"schema"`
		Data struct {
			Values [][]any `json:"values"`
		} `json:"data"`
		Stats struct {
			Sources []struct {
				Bytes    int64 `json:"bytes"`
				KeptDays int   `json:"kept_days"`
			} `json:"sources"`
		} `json:"stats"`
	} `json:"eventData"`
}

// Name is the widget's, without its page's.
func (w *Widget) Name() string {
	_, name, _ := strings.Cut(w.EventName, "__")
	return name
}

// Column is the values of a field; nil where there is none.
func (w *Widget) Column(name string) []any {
	for i, f := range w.EventData.Schema.Fields {
		if f.Name == name && i < len(w.EventData.Data.Values) {
			return w.EventData.Data.Values[i]
		}
	}
	return nil
}

// KeptDays is of how many days what is shown was not computed for it.
func (w *Widget) KeptDays() (n int) {
	for _, s := range w.EventData.Stats.Sources {
		n += s.KeptDays
	}
	return n
}

func (c *Consumer) stream(name string) string { return fmt.Sprintf("bench:%d:%s", c.runs, name) }

// Start runs it, on streams that no other has used.
func (c *Consumer) Start() error {
	c.runs++
	c.last = "0"
	cmd, err := c.command(context.Background(), c.Binary)
	if err != nil {
		return err
	}
	c.process, err = Start(cmd, os.Stderr)
	return err
}

// command is one of the project's, which it would run with the consumer's settings.
func (c *Consumer) command(ctx context.Context, binary string, args ...string) (*exec.Cmd, error) {
	host, port, err := net.SplitHostPort(c.Redis.Addr)
	if err != nil {
		return nil, err
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(append(os.Environ(), c.Env...), "APP_REDIS_HOST="+host, "APP_REDIS_PORT="+port,
		"APP_DISPATCHER_INPUT_STREAM="+c.stream("in"), "APP_DISPATCHER_CONSUMER_GROUP=g", "APP_DISPATCHER_CONSUMER_NAME=c",
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX="+c.stream(""), "APP_DISPATCHER_REJECTED_STREAM="+c.stream("dead"), "APP_LOG_LEVEL=error")
	return cmd, nil
}

// Purge has it forget what it keeps of days, by the command that operators have: it looks for that every second.
func (c *Consumer) Purge(ctx context.Context, operator string) error {
	cmd, err := c.command(ctx, operator, "cache", "purge", "--yes")
	if err != nil {
		return err
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cache purge: %w: %s", err, said)
	}
	return nil
}

// Ask sends a request of an event, and reads until the page is complete. What the messages say is read when the clock no longer runs.
func (c *Consumer) Ask(ctx context.Context, event string, data map[string]any) (*Visit, error) {
	data["routing_key"] = "out"
	request, err := json.Marshal(map[string]any{"eventName": event, "eventData": data})
	if err != nil {
		return nil, err
	}
	v := new(Visit)
	var texts []string
	begin := time.Now()
	if err := c.Redis.Client.XAdd(ctx, &redis.XAddArgs{Stream: c.stream("in"), Values: []any{"payload", request}}).Err(); err != nil {
		return nil, err
	}
	for complete := false; !complete; {
		streams, err := c.Redis.Client.XRead(ctx, &redis.XReadArgs{Streams: []string{c.stream("out"), c.last}, Block: time.Second}).Result()
		if errors.Is(err, redis.Nil) && !c.process.Ended() {
			continue // nothing yet
		}
		if err != nil {
			return nil, fmt.Errorf("no further widget after %d: %w", len(texts), err)
		}
		elapsed := time.Since(begin)
		for _, m := range streams[0].Messages {
			c.last = m.ID
			if name, _ := m.Values["eventName"].(string); strings.HasSuffix(name, "__Complete") {
				complete = true
				continue
			}
			if v.Page = elapsed; len(texts) == 0 {
				v.First = elapsed
			}
			text, _ := m.Values["payload"].(string)
			texts = append(texts, text)
		}
	}
	for _, text := range texts {
		var w Widget
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			return nil, err
		}
		if w.EventData.Status != "ok" {
			return nil, fmt.Errorf("%s: %s %s", w.EventName, w.EventData.Status, w.EventData.Error)
		}
		v.Widgets = append(v.Widgets, w)
	}
	return v, nil
}

// CPU is the processor time that the process has used.
func (c *Consumer) CPU() time.Duration { return c.process.CPU() }

// Peak is the largest resident size of all processes that were started, in MB.
func (c *Consumer) Peak() float64 {
	if c.process == nil {
		return c.highest
	}
	return max(c.highest, c.process.Peak())
}

// Stop ends the process, if there is one.
func (c *Consumer) Stop() {
	if c.process != nil {
		c.highest = c.Peak()
		c.process.Stop()
		c.process = nil
	}
}
