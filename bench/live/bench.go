package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// window is how many publications may be on their way before all subscribers have the oldest of them.
const window = 8

// bench is a run with its Redis.
type bench struct {
	o     options
	redis *run.Redis
}

func newBench(ctx context.Context, o options) (*bench, error) {
	r, err := run.StartRedis(ctx)
	if err != nil {
		return nil, err
	}
	return &bench{o, r}, nil
}

// roles are those that are measured.
func (b *bench) roles() []string {
	list := []string{byHand, ours}
	if b.o.server != "" {
		list = append(list, shipped)
	}
	return list
}

// publish sends one publication of about 1 KB to a server's stream.
func (b *bench) publish(ctx context.Context, role, addr, key string) error {
	body := fmt.Appendf(make([]byte, 0, 1100), `{"eventName":"P__W","eventData":{"at":"%c%d","text":"`, mark, time.Now().UnixNano())
	body = append(append(body, bytes.Repeat([]byte("x"), 1000-len(body))...), `"},"request_id":"r-1"}`...)
	if role != byHand {
		return b.redis.Client.XAdd(ctx, &redis.XAddArgs{Stream: prefix + key, MaxLen: 1000, Approx: true, Values: []any{"payload", body, "eventName", "P__W", "routing_key", key}}).Err()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/publish/"+key, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		res.Body.Close()
	}
	return err
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+" …\n", args...) }
