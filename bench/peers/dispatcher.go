package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/memory"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/buffer"
	"github.com/go-dispatcher/dispatcher/internal/sink/care"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/sink/stream"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// kilobyte is the strategy of the benchmark: its data is that of every peer.
type kilobyte struct{}

func (kilobyte) Widgets(req *models.Request) []string { return req.SelectedWidgets }

func (kilobyte) Run(ctx context.Context, req *models.Request, out strategies.Pusher) error {
	for _, w := range req.SelectedWidgets {
		data := answer(req.PageName, req.Tenant())
		if err := out.Push(ctx, w, &data); err != nil {
			return err
		}
	}
	return nil
}

// dispatcher is the product's consumer, dispatch, sinks and commit with that strategy: decoding and checks of the whole
// request, leases, and results that are written exactly once are in it.
func dispatcher(ctx context.Context, j job) error {
	memory.Tune(memory.Answers)
	rdb := redis.NewClient(&redis.Options{Addr: j.redis, MaxRetries: -1, Protocol: 2})
	defer rdb.Close()
	registry := strategies.NewRegistry()
	if err := registry.Register(strategies.Key{Page: page}, kilobyte{}); err != nil {
		return err
	}
	var pages dispatch.Pages = dispatch.Fixed{registry} // as a loaded catalog is, the same for all requests
	handler := dispatch.New(dispatch.Options{
		Events: models.NewEvents(), Pages: func() dispatch.Pages { return pages },
		Sinks:       dispatch.Sinks{Stream: &stream.Sink{Prefix: j.prefix + "out:"}, Buffer: buffer.Sink{}, Care: care.Sink{}},
		DeadLetters: deadletter.Sink{Stream: j.prefix + "dead"}, StaleAfter: time.Hour, Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	return consumer.New(consumer.Options{
		Redis: rdb, Stream: j.prefix + "in", Group: "g", Name: "c", Slots: 512, Timeout: time.Hour, Handler: handler,
	}).Run(ctx)
}

// shipped is the consumer as it is shipped, its catalog and its engine included, with its own echo page, whose answers are
// smaller.
func shipped(binary string) func(j job) (*exec.Cmd, error) {
	return func(j job) (*exec.Cmd, error) {
		path, err := filepath.Abs(binary)
		if err != nil {
			return nil, err
		}
		host, port, err := net.SplitHostPort(j.redis)
		if err != nil {
			return nil, err
		}
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(),
			"APP_REDIS_HOST="+host, "APP_REDIS_PORT="+port,
			"APP_DISPATCHER_INPUT_STREAM="+j.prefix+"in", "APP_DISPATCHER_CONSUMER_GROUP=g", "APP_DISPATCHER_CONSUMER_NAME=c",
			"APP_DISPATCHER_OUTPUT_STREAM_PREFIX="+j.prefix+"out:", "APP_DISPATCHER_REJECTED_STREAM="+j.prefix+"dead",
			"APP_DISPATCHER_SLOTS=512", "APP_DISPATCHER_COMPLETE_MESSAGE=false", "APP_LOG_LEVEL=error",
		)
		return cmd, nil
	}
}
