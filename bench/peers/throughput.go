package main

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// Throughput is one measurement of a peer.
type Throughput struct {
	Rate      float64 `json:"messages_per_second"`
	WorkerCPU float64 `json:"worker_cpu_us_per_message"`
	RedisCPU  float64 `json:"redis_cpu_us_per_message"`
	Peak      float64 `json:"peak_rss_mb"`
}

// warm is the part of the requests that passes before the clock starts: the process starts, connects and warms up in it.
const warm = 0.1

// poll is how often what is left is looked up.
const poll = 2 * time.Millisecond

// throughput fills the input, then starts the worker, and takes the time from the tenth of the requests that is done first to
// the last one. The outputs are counted afterwards: one for each request.
func throughput(ctx context.Context, s *run.Redis, p *peer, total int) (Throughput, error) {
	j := job{redis: s.Addr, prefix: fmt.Sprintf("peers:%s:%d:", p.name, time.Now().UnixNano())}
	defer clean(ctx, s.Client)
	if err := p.fill(ctx, s.Client, j, 0, total, outputs); err != nil {
		return Throughput{}, err
	}
	begin, redisBegin := mark{time.Now(), int64(total)}, s.CPU(ctx)
	w, err := p.start(j)
	if err != nil {
		return Throughput{}, err
	}
	defer w.Stop()
	first, err := until(ctx, s, p, j, int64(float64(total)*(1-warm)))
	if err != nil {
		return Throughput{}, err
	}
	cpu, redisCPU := w.CPU().Seconds(), s.CPU(ctx)
	if first.left == 0 { // all were done when it was looked at first, as on a busy machine: the start counts, too
		first, cpu, redisCPU = begin, 0, redisBegin
	}
	last, err := until(ctx, s, p, j, 0)
	if err != nil {
		return Throughput{}, err
	}
	n := float64(first.left)
	t := Throughput{
		Rate:      n / last.at.Sub(first.at).Seconds(),
		WorkerCPU: (w.CPU().Seconds() - cpu) / n * 1e6,
		RedisCPU:  (s.CPU(ctx) - redisCPU) / n * 1e6,
		Peak:      w.Peak(),
	}
	return t, check(ctx, s.Client, j, total)
}

type mark struct {
	at   time.Time
	left int64
}

// stall is after which time without a finished request a peer has failed.
const stall = 30 * time.Second

// until waits until no more than most are left.
func until(ctx context.Context, s *run.Redis, p *peer, j job, most int64) (mark, error) {
	before := mark{time.Now(), -1}
	for {
		left, err := p.left(ctx, s.Client, j)
		if err != nil {
			return mark{}, err
		}
		now := mark{time.Now(), left}
		if left <= most {
			return now, nil
		}
		if left != before.left {
			before = now
		} else if now.at.Sub(before.at) > stall {
			return mark{}, fmt.Errorf("%s: %d requests are left and none was finished for %s", p.name, left, stall)
		}
		time.Sleep(poll)
	}
}

// check counts the outputs: exactly one a request.
func check(ctx context.Context, rdb *redis.Client, j job, total int) error {
	var n int64
	for i := range outputs {
		n += rdb.XLen(ctx, fmt.Sprintf("%sout:out-%d", j.prefix, i)).Val()
	}
	if n != int64(total) {
		return fmt.Errorf("%d outputs for %d requests", n, total)
	}
	return nil
}

// clean empties this run's own server.
func clean(ctx context.Context, rdb *redis.Client) { rdb.FlushAll(ctx) }
