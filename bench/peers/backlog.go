package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// Backlog compares the rate at which requests are served while few and while many are waiting.
type Backlog struct {
	Few, Many         int     `json:"-"`
	RateFew, RateMany float64 `json:"-"`
	Ratio             float64 `json:"ratio"`
}

// backlog serves a number of requests with few and with many more behind them, in turn on the same server.
func backlog(ctx context.Context, s *run.Redis, p *peer, few, many, rounds int) (Backlog, error) {
	b := Backlog{Few: few, Many: many}
	short := make([]float64, 0, rounds)
	for range rounds {
		t, err := throughput(ctx, s, p, few)
		if err != nil {
			return b, err
		}
		short = append(short, t.Rate)
	}
	j := job{redis: s.Addr, prefix: fmt.Sprintf("peers:%s:%d:", p.name, time.Now().UnixNano())}
	defer clean(ctx, s.Client)
	if err := p.fill(ctx, s.Client, j, 0, many, outputs); err != nil {
		return b, err
	}
	w, err := p.start(j)
	if err != nil {
		return b, err
	}
	defer w.Stop()
	long := make([]float64, 0, rounds)
	part := int64(float64(few) * (1 - warm))
	for i := range rounds {
		first, err := until(ctx, s, p, j, max(0, int64(many)-int64(float64(few)*warm)-int64(i)*part))
		if err != nil {
			return b, err
		}
		last, err := until(ctx, s, p, j, max(0, first.left-part)) // more may have been done than was looked for
		if err != nil {
			return b, err
		}
		if n := first.left - last.left; n > 0 {
			long = append(long, float64(n)/last.at.Sub(first.at).Seconds())
		}
	}
	b.RateFew, b.RateMany = run.Median(short), run.Median(long)
	b.Ratio = b.RateMany / b.RateFew
	return b, nil
}
