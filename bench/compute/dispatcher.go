package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// dispatcher is the consumer as it is shipped, with a catalog of this page: from XADD to the last widget that a reader of the output stream has read.
type dispatcher struct {
	binary, catalog, data string
	redis                 *run.Redis

	process *run.Process
	highest float64 // peak of the processes that have ended
	runs    int
	last    string // id of the last output that was read
}

func (d *dispatcher) name() string  { return ours }
func (d *dispatcher) title() string { return "Dispatcher, XADD to last widget read" }
func (d *dispatcher) version() string {
	return "DuckDB driver " + moduleVersion("github.com/duckdb/duckdb-go/v2")
}
func (d *dispatcher) forgets() bool { return true }

// stream names a stream of the process that runs now.
func (d *dispatcher) stream(name string) string { return fmt.Sprintf("bench:%d:%s", d.runs, name) }

func (d *dispatcher) start(ctx context.Context) error {
	d.runs++
	d.last = "0"
	host, port, err := net.SplitHostPort(d.redis.Addr)
	if err != nil {
		return err
	}
	binary, err := filepath.Abs(d.binary)
	if err != nil {
		return err
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "APP_REDIS_HOST="+host, "APP_REDIS_PORT="+port,
		"APP_DISPATCHER_CATALOG="+d.catalog, "APP_DISPATCHER_DATA="+d.data,
		"APP_DISPATCHER_INPUT_STREAM="+d.stream("in"), "APP_DISPATCHER_CONSUMER_GROUP=g", "APP_DISPATCHER_CONSUMER_NAME=c",
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX="+d.stream(""), "APP_DISPATCHER_REJECTED_STREAM="+d.stream("dead"), "APP_LOG_LEVEL=error")
	d.process, err = run.Start(cmd, os.Stderr)
	return err
}

func (d *dispatcher) ask(ctx context.Context, s span) (*visit, error) {
	request, err := json.Marshal(map[string]any{"eventName": "flights", "eventData": map[string]any{
		"page_name": "FlightsPage", "routing_key": "out",
		"start_date": s.from.Format(time.DateOnly), "end_date": s.to.AddDate(0, 0, -1).Format(time.DateOnly),
	}})
	if err != nil {
		return nil, err
	}
	v := new(visit)
	var messages []redis.XMessage
	begin := time.Now()
	if err := d.redis.Client.XAdd(ctx, &redis.XAddArgs{Stream: d.stream("in"), Values: []any{"payload", request}}).Err(); err != nil {
		return nil, err
	}
	for len(messages) <= len(widgets) { // the page's own message follows them
		streams, err := d.redis.Client.XRead(ctx, &redis.XReadArgs{Streams: []string{d.stream("out"), d.last}, Block: time.Minute}).Result()
		if err != nil {
			return nil, fmt.Errorf("no further widget after %d: %w", len(messages), err)
		}
		elapsed := time.Since(begin)
		if len(messages) == 0 {
			v.first = elapsed
		}
		messages = append(messages, streams[0].Messages...)
		if v.page == 0 && len(messages) >= len(widgets) {
			v.page = elapsed
		}
		d.last = messages[len(messages)-1].ID
	}
	v.answers = func() (answers, error) { return framesOf(messages) }
	return v, nil
}

func (d *dispatcher) cpu() time.Duration { return d.process.CPU() }
func (d *dispatcher) peak() float64      { return max(d.highest, d.process.Peak()) }

func (d *dispatcher) stop() {
	if d.process != nil {
		d.highest = d.peak()
		d.process.Stop()
		d.process = nil
	}
}
