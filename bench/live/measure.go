package main

import (
	"context"
	"fmt"
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
			return run.Median(values)
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
