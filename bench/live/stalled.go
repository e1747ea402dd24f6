package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// Stalled is what one subscriber that takes nothing does to the others, at a given rate.
type Stalled struct {
	Rate  int `json:"publications_per_second"`
	Pairs int `json:"pairs"`
	// Without and With are medians of all pairs; Ratio is the median of what each pair says by itself, Low and High are where the middle half of these lie.
	Without float64 `json:"p99_ms_without"`
	With    float64 `json:"p99_ms_with"`
	Ratio   float64 `json:"ratio"`
	Low     float64 `json:"ratio_low"`
	High    float64 `json:"ratio_high"`
}

// stalled has two servers at work at the same time, with half of the subscribers each and publications in turn, so that a slow moment of the machine meets both:
// one of them has one more subscriber, which takes nothing. They change places from pair to pair, and each pair is compared with itself alone.
func (b *bench) stalled(ctx context.Context) (*Stalled, error) {
	var without, with, ratios []float64
	for pair := range b.o.pairs {
		progress("one stalled subscriber, pair %d of %d", pair+1, b.o.pairs)
		p99, err := b.latencies(ctx, pair%2)
		if err != nil {
			return nil, err
		}
		ms := func(i int) float64 { return float64(p99[i].Microseconds()) / 1000 }
		with, without = append(with, ms(pair%2)), append(without, ms(1-pair%2))
		ratios = append(ratios, with[pair]/without[pair])
	}
	slices.Sort(ratios)
	return &Stalled{
		Rate: b.o.rate, Pairs: b.o.pairs, Without: run.Median(without), With: run.Median(with),
		Ratio: run.Median(ratios), Low: ratios[len(ratios)/4], High: ratios[len(ratios)*3/4],
	}, nil
}

// latencies measures two servers; that of a number has the stalled subscriber.
func (b *bench) latencies(ctx context.Context, stalled int) (p99 [2]time.Duration, err error) {
	var all [2]*subscribers
	var keys, addrs [2]string
	for i := range all {
		p, err := b.start(ours)
		if err != nil {
			return p99, err
		}
		defer p.stop()
		keys[i], addrs[i] = fmt.Sprint("k", i), p.addr
	}
	for i := range all { // both have seen the same when it begins
		c, err := b.fill(ctx, addrs[i], keys[i], i == stalled)
		if err != nil {
			return p99, err
		}
		defer c.Close()
	}
	time.Sleep(time.Second) // what filled it has gone by when the others come
	for i := range all {
		if all[i], err = subscribe(ctx, addrs[i], b.o.subscribers/2, func(int) string { return keys[i] }); err != nil {
			return p99, err
		}
		defer all[i].close()
		all[i].sample = 1
		all[i].listen()
	}
	tick := time.NewTicker(time.Second / time.Duration(2*b.o.rate))
	defer tick.Stop()
	end := time.Now().Add(b.o.during)
	for n := 0; time.Now().Before(end); n++ { // in turn, so that neither is always first
		<-tick.C
		if err := b.publish(ctx, ours, addrs[n%2], keys[n%2]); err != nil {
			return p99, err
		}
	}
	time.Sleep(200 * time.Millisecond)
	for i, s := range all {
		s.close()
		p99[i] = s.p99()
	}
	return p99, nil
}

// fill connects a subscriber that reads, or one that takes nothing. What the connection of that one holds is filled up before the others come: from then on the
// server waits for it.
func (b *bench) fill(ctx context.Context, addr, key string, stall bool) (net.Conn, error) {
	buffer := 0
	if stall {
		buffer = 1
	}
	c, err := open(addr, key, buffer)
	if err != nil {
		return nil, err
	}
	if !stall {
		go func() { _, _ = io.Copy(io.Discard, c) }() // ends with the connection
	}
	for range 8000 {
		if err := b.publish(ctx, ours, addr, key); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}
