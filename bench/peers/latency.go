package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// Latency is the time from a request's XADD to its result in the hands of a reader that waits for it, in milliseconds.
type Latency struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// latency sends requests at a fixed rate, whether or not answers come, to one output stream that a blocked reader reads.
func latency(ctx context.Context, s *run.Redis, p *peer, rate int, during time.Duration) (Latency, error) {
	j := job{redis: s.Addr, prefix: fmt.Sprintf("peers:%s:%d:", p.name, time.Now().UnixNano())}
	defer clean(ctx, s.Client)
	w, err := p.start(j)
	if err != nil {
		return Latency{}, err
	}
	defer w.Stop()
	total := int(during.Seconds() * float64(rate))
	const before = 100 // requests that warm the worker up
	ctx, cancel := context.WithTimeout(ctx, during+time.Minute)
	defer cancel()
	arrived := make(chan error, 1)
	at := make([]time.Time, before+total)
	ready := make(chan struct{})
	go func() { arrived <- receive(ctx, s.Addr, j.prefix+"out:out-0", before, at, ready) }()
	if err := p.fill(ctx, s.Client, j, 0, before, 1); err != nil {
		return Latency{}, err
	}
	select {
	case <-ready:
	case err := <-arrived:
		return Latency{}, fmt.Errorf("%s: %w", p.name, err)
	}
	sent := make([]time.Time, before+total)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := before; i < before+total; i++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Latency{}, ctx.Err()
		}
		sent[i] = time.Now()
		if err := p.fill(ctx, s.Client, j, i, i+1, 1); err != nil {
			return Latency{}, err
		}
	}
	if err := <-arrived; err != nil {
		return Latency{}, fmt.Errorf("%s: %w", p.name, err)
	}
	took := make([]float64, 0, total)
	for i := before; i < before+total; i++ {
		took = append(took, at[i].Sub(sent[i]).Seconds()*1000)
	}
	slices.Sort(took)
	return Latency{P50: took[len(took)/2], P99: took[len(took)*99/100]}, nil
}

// receive notes when each answer comes, and says when those that warm up are there.
func receive(ctx context.Context, addr, stream string, before int, at []time.Time, ready chan<- struct{}) error {
	rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, MaxRetries: -1})
	defer rdb.Close()
	from, seen := "0", 0
	for seen < len(at) {
		read, err := rdb.XRead(ctx, &redis.XReadArgs{Streams: []string{stream, from}, Block: 10 * time.Second}).Result()
		if err != nil {
			return fmt.Errorf("%d of %d answers: %w", seen, len(at), err)
		}
		now := time.Now()
		for _, m := range read[0].Messages {
			from = m.ID
			for _, v := range m.Values {
				if n, ok := numberOf(v.(string)); ok && at[n].IsZero() {
					at[n] = now
					if seen++; seen == before {
						close(ready)
					}
				}
			}
		}
	}
	return nil
}
