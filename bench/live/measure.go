package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// Fanout is how one stream reaches all subscribers, as fast as all receive.
type Fanout struct {
	Rate float64 `json:"deliveries_per_second"`
	CPU  float64 `json:"cpu_us_per_delivery"`
	RSS  float64 `json:"rss_mb"`
	// Anonymous is what of it is not pages of the program's own file.
	Anonymous float64 `json:"rss_anonymous_mb"`
	P99       float64 `json:"p99_ms"`
}

// fanouts takes the servers in turn, so that a slow moment of the machine meets all of them.
func (b *bench) fanouts(ctx context.Context) (map[string]*Fanout, error) {
	all := map[string][]*Fanout{}
	for round := range b.o.rounds {
		for _, role := range b.roles() {
			progress("fan-out, round %d of %d: %s", round+1, b.o.rounds, role)
			f, err := b.fanout(ctx, role)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", role, err)
			}
			all[role] = append(all[role], f)
		}
	}
	out := map[string]*Fanout{}
	for role, list := range all {
		of := func(get func(*Fanout) float64) float64 {
			var values []float64
			for _, f := range list {
				values = append(values, get(f))
			}
			return median(values)
		}
		out[role] = &Fanout{
			Rate: of(func(f *Fanout) float64 { return f.Rate }), CPU: of(func(f *Fanout) float64 { return f.CPU }), RSS: of(func(f *Fanout) float64 { return f.RSS }),
			Anonymous: of(func(f *Fanout) float64 { return f.Anonymous }), P99: of(func(f *Fanout) float64 { return f.P99 }),
		}
	}
	return out, nil
}

func (b *bench) fanout(ctx context.Context, role string) (*Fanout, error) {
	p, err := b.start(role)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	s, err := subscribe(ctx, p.addr, b.o.subscribers, func(int) string { return "k" })
	if err != nil {
		return nil, err
	}
	s.listen()
	defer s.close()
	var sent, from int64
	var cpu time.Duration
	var begun time.Time
	for start := time.Now(); time.Since(start) < b.o.during+time.Second; {
		if begun.IsZero() && time.Since(start) > time.Second { // warm
			begun, from, cpu = time.Now(), s.received.Load(), run.CPU(p.cmd.Process.Pid)
		}
		if (sent-window)*int64(b.o.subscribers) >= s.received.Load() {
			time.Sleep(50 * time.Microsecond)
			continue
		}
		if err := b.publish(ctx, role, p.addr, "k"); err != nil {
			return nil, err
		}
		sent++
	}
	took, n := time.Since(begun).Seconds(), float64(s.received.Load()-from)
	rss, anonymous := p.memory()
	f := &Fanout{Rate: n / took, CPU: float64((run.CPU(p.cmd.Process.Pid) - cpu).Microseconds()) / n, RSS: rss / 1e6, Anonymous: anonymous / 1e6}
	s.close()
	f.P99 = float64(s.p99().Microseconds()) / 1000
	return f, nil
}

// Idle is what a subscriber costs that waits, each on a stream of its own: with a connection of its own, and as one of many on a proxy's connection.
type Idle struct {
	Subscribers int     `json:"subscribers"`
	HTTP1       float64 `json:"bytes_per_subscriber"`
	HTTP2       float64 `json:"bytes_per_subscriber_http2,omitempty"`
}

func (b *bench) idles(ctx context.Context) (map[string]*Idle, error) {
	out := map[string]*Idle{}
	for _, role := range b.roles() {
		progress("%d idle subscribers: %s", b.o.idle, role)
		i := &Idle{Subscribers: b.o.idle}
		var err error
		i.HTTP1, err = b.idle(role, func(addr string) (func(), error) {
			s, err := subscribe(ctx, addr, b.o.idle, func(i int) string { return fmt.Sprint("idle", i) })
			if err != nil {
				return nil, err
			}
			return s.close, nil
		})
		if err == nil && role != byHand {
			i.HTTP2, err = b.idle(role, func(addr string) (func(), error) {
				m, err := multiplex(ctx, addr, b.o.idle)
				if err != nil {
					return nil, err
				}
				return m.close, nil
			})
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", role, err)
		}
		out[role] = i
	}
	return out, nil
}

// idle is how many bytes each subscriber adds to a server.
func (b *bench) idle(role string, open func(addr string) (closeAll func(), err error)) (float64, error) {
	p, err := b.start(role)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	before, _ := p.memory()
	closeAll, err := open(p.addr)
	if err != nil {
		return 0, err
	}
	defer closeAll()
	time.Sleep(3 * time.Second)
	after, _ := p.memory()
	return (after - before) / float64(b.o.idle), nil
}

// Stalled is what one subscriber that takes nothing does to the others, at a given rate.
type Stalled struct {
	Rate    int     `json:"publications_per_second"`
	Without float64 `json:"p99_ms_without"`
	With    float64 `json:"p99_ms_with"`
}

// stalled has two servers at work at the same time, with half of the subscribers each, so that a slow moment of the machine meets both: one of them has
// one more subscriber, which takes nothing. They change places from round to round.
func (b *bench) stalled(ctx context.Context) (*Stalled, error) {
	var without, with []time.Duration
	rounds := 2*b.o.rounds + 1 // a p99 is easily disturbed
	for round := range rounds {
		progress("one stalled subscriber, round %d of %d", round+1, rounds)
		p99, err := b.latencies(ctx, round%2)
		if err != nil {
			return nil, err
		}
		with, without = append(with, p99[round%2]), append(without, p99[1-round%2])
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return &Stalled{Rate: b.o.rate, Without: ms(median(without)), With: ms(median(with))}, nil
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
	c, err := b.stall(ctx, addrs[stalled], keys[stalled])
	if err != nil {
		return p99, err
	}
	defer c.Close()
	time.Sleep(time.Second) // what filled it has gone by when the others come
	for i := range all {
		if all[i], err = subscribe(ctx, addrs[i], b.o.subscribers/2, func(int) string { return keys[i] }); err != nil {
			return p99, err
		}
		defer all[i].close()
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

// stall connects a subscriber that takes nothing. What its connection holds is filled up before the others come: from then on the server waits for it.
func (b *bench) stall(ctx context.Context, addr, key string) (net.Conn, error) {
	c, err := open(addr, key, 1)
	if err != nil {
		return nil, err
	}
	for range 8000 {
		if err := b.publish(ctx, ours, addr, key); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}
