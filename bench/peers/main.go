// Command peers measures Dispatcher as a worker against other workers, side by side in one run: the same requests, the same
// answers, one Redis with an append-only file (everysec), each worker a process of its own. Absolute figures belong to the
// machine; only the ratios within a run count.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// consumerBinary is where `make bench-peers` builds the consumer.
var consumerBinary = "../bin/consumer"

// Result is all that a run has measured.
type Result struct {
	At         string                `json:"at"`
	Machine    string                `json:"machine"`
	Redis      string                `json:"redis"`
	Go         string                `json:"go"`
	Requests   int                   `json:"requests"`
	Rounds     int                   `json:"rounds"`
	Throughput map[string]Throughput `json:"throughput"`
	Latency    map[string]Latency    `json:"latency,omitempty"`
	Backlog    *Backlog              `json:"backlog,omitempty"`
	Verdicts   []run.Verdict         `json:"verdicts"`
}

type options struct {
	requests, rounds, rate, few, many int
	during                            time.Duration
	only, out                         string
}

func main() { run.Main("peers", bench) }

func bench(ctx context.Context) error {
	if name := os.Getenv(envWorker); name != "" {
		if err := work(ctx, name); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	var o options
	flag.IntVar(&o.requests, "requests", 50_000, "requests of a round; slow peers get a part of them")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; the median of each peer counts")
	flag.IntVar(&o.rate, "rate", 200, "requests a second for the latency")
	flag.DurationVar(&o.during, "during", 10*time.Second, "how long latency is measured for each peer and round")
	flag.IntVar(&o.few, "few", 10_000, "requests waiting in the small backlog")
	flag.IntVar(&o.many, "many", 1_000_000, "requests waiting in the large backlog; 0 leaves it out")
	flag.StringVar(&o.only, "only", "", "names of peers, separated by commas (all when empty)")
	flag.StringVar(&o.out, "out", "", "file for the figures as JSON")
	flag.StringVar(&consumerBinary, "consumer", consumerBinary, "the consumer as shipped")
	flag.Parse()
	r, err := measure(ctx, os.Stdout, o)
	if err != nil {
		return err
	}
	return run.Save(o.out, r)
}

func measure(ctx context.Context, w io.Writer, o options) (*Result, error) {
	s, err := run.StartRedis(ctx, "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0")
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	r := &Result{
		At: time.Now().UTC().Format(time.RFC3339), Machine: run.Machine(),
		Redis: run.RedisVersion(ctx, s.Client), Go: runtime.Version(), Requests: o.requests, Rounds: o.rounds,
	}
	list := slices.DeleteFunc(peers(), func(p *peer) bool {
		return o.only != "" && !slices.Contains(strings.Split(o.only, ","), p.name)
	})
	fmt.Fprintf(w, "Redis %s, appendfsync everysec · %s · %d requests, %d rounds, medians\n", r.Redis, r.Machine, o.requests, o.rounds)
	if r.Throughput, err = throughputs(ctx, s, list, o); err != nil {
		return nil, err
	}
	printThroughput(w, list, r.Throughput)
	if o.during > 0 {
		if r.Latency, err = latencies(ctx, s, list, o); err != nil {
			return nil, err
		}
		printLatency(w, list, r.Latency, o)
	}
	if o.many > 0 {
		b, err := backlog(ctx, s, list[0], o.few, o.many, 2*o.rounds+1)
		if err != nil {
			return nil, err
		}
		r.Backlog = &b
		fmt.Fprintf(w, "\n%s: %.0f messages/s with %d waiting, %.0f with %d waiting\n", list[0].title, b.RateFew, b.Few, b.RateMany, b.Many)
	}
	r.Verdicts = verdicts(r)
	run.PrintVerdicts(w, r.Verdicts)
	return r, nil
}

// throughputs takes the peers in turn, so that a slow moment of the machine meets all of them.
func throughputs(ctx context.Context, s *run.Redis, list []*peer, o options) (map[string]Throughput, error) {
	all := map[string][]Throughput{}
	for round := range o.rounds {
		for _, p := range list {
			run.Progress("throughput, round %d of %d: %s", round+1, o.rounds, p.title)
			t, err := throughput(ctx, s, p, int(float64(o.requests)*p.share))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			all[p.name] = append(all[p.name], t)
		}
	}
	out := map[string]Throughput{}
	for name, list := range all {
		out[name] = Throughput{
			Rate:      run.Median(each(list, func(t Throughput) float64 { return t.Rate })),
			WorkerCPU: run.Median(each(list, func(t Throughput) float64 { return t.WorkerCPU })),
			RedisCPU:  run.Median(each(list, func(t Throughput) float64 { return t.RedisCPU })),
			Peak:      slices.Max(each(list, func(t Throughput) float64 { return t.Peak })),
		}
	}
	return out, nil
}

func latencies(ctx context.Context, s *run.Redis, list []*peer, o options) (map[string]Latency, error) {
	all := map[string][]Latency{}
	for round := range o.rounds {
		for _, p := range list {
			if p.name == shell || p.name == "watermill-50" {
				continue // the first answers another text, the second is the same worker
			}
			run.Progress("latency, round %d of %d: %s", round+1, o.rounds, p.title)
			l, err := latency(ctx, s, p, o.rate, o.during)
			if err != nil {
				return nil, err
			}
			all[p.name] = append(all[p.name], l)
		}
	}
	out := map[string]Latency{}
	for name, list := range all {
		out[name] = Latency{
			P50: run.Median(each(list, func(l Latency) float64 { return l.P50 })),
			P99: run.Median(each(list, func(l Latency) float64 { return l.P99 })),
		}
	}
	return out, nil
}

func each[T any](list []T, f func(T) float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}
