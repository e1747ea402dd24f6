package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// window is how many publications may be on their way before all subscribers have the oldest of them.
const window = 8

// bench is a run with its Redis.
type bench struct {
	o     options
	addr  string
	dir   string
	redis *exec.Cmd
	rdb   *redis.Client
}

func newBench(ctx context.Context, o options) (*bench, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dispatcher-live-")
	if err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(addr, ":")
	b := &bench{o: o, addr: addr, dir: dir, redis: exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", dir, "--loglevel", "warning")}
	if err := b.redis.Start(); err != nil {
		return nil, fmt.Errorf("start redis-server (make servers installs it): %w", err)
	}
	b.rdb = redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2})
	if err := run.AwaitRedis(ctx, b.rdb); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() {
	_ = b.rdb.Close()
	_ = b.redis.Process.Kill()
	_ = b.redis.Wait()
	_ = os.RemoveAll(b.dir)
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
		return b.rdb.XAdd(ctx, &redis.XAddArgs{Stream: prefix + key, MaxLen: 1000, Approx: true, Values: []any{"payload", body, "eventName", "P__W", "routing_key", key}}).Err()
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

func median[T float64 | time.Duration](list []T) T {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+" …\n", args...) }
