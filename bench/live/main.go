// Command live measures live delivery: one stream of publications to a thousand subscribers by server-sent events, the product's gateway against a hub on
// net/http by hand, in one run. The servers are processes of their own, in turn; subscribers are in this one. Only ratios within a run count.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

type options struct {
	subscribers, idle, rounds, rate, pairs int
	during                                 time.Duration
	out, server, only                      string
}

// Result is all that a run has measured.
type Result struct {
	At          string             `json:"at"`
	Machine     string             `json:"machine"`
	Go          string             `json:"go"`
	Redis       string             `json:"redis"`
	Subscribers int                `json:"subscribers"`
	Rounds      int                `json:"rounds"`
	Fanout      map[string]*Fanout `json:"fanout"`
	Idle        map[string]*Idle   `json:"idle"`
	Stalled     *Stalled           `json:"stalled"`
	Verdicts    []run.Verdict      `json:"verdicts"`
}

func main() { run.Main("live", benchAll) }

func benchAll(ctx context.Context) error {
	if role := os.Getenv(envRole); role != "" {
		if err := serve(ctx, role); err != nil {
			return fmt.Errorf("%s: %w", role, err)
		}
		return nil
	}
	var o options
	flag.IntVar(&o.subscribers, "subscribers", 1000, "subscribers of the stream")
	flag.IntVar(&o.idle, "idle", 10_000, "idle subscribers, each of a stream of its own")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds; the median counts")
	flag.IntVar(&o.pairs, "pairs", 11, "pairs of servers of which one has a stalled subscriber")
	flag.IntVar(&o.rate, "rate", 20, "publications a second where latency is measured")
	flag.DurationVar(&o.during, "during", 3*time.Second, "how long a round measures")
	flag.StringVar(&o.out, "out", "", "file for the figures as JSON")
	flag.StringVar(&o.server, "server", "", "the HTTP server as shipped, measured too where it is given")
	flag.StringVar(&o.only, "only", "", "one part: fanout, idle or stalled; the rest is zero, and nothing is judged")
	flag.Parse()
	r, err := measure(ctx, o)
	if err != nil {
		return err
	}
	return run.Save(o.out, r)
}

func measure(ctx context.Context, o options) (*Result, error) {
	b, err := newBench(ctx, o)
	if err != nil {
		return nil, err
	}
	defer b.redis.Stop()
	r := &Result{
		At: time.Now().UTC().Format(time.RFC3339), Machine: run.Machine(),
		Go: runtime.Version(), Redis: run.RedisVersion(ctx, b.redis.Client), Subscribers: o.subscribers, Rounds: o.rounds,
	}
	for _, part := range []struct {
		name    string
		measure func() error
	}{
		{"fanout", func() (err error) { r.Fanout, err = b.fanouts(ctx); return err }},
		{"idle", func() (err error) { r.Idle, err = b.idles(ctx); return err }},
		{"stalled", func() (err error) { r.Stalled, err = b.stalled(ctx); return err }},
	} {
		if o.only == "" || o.only == part.name {
			if err := part.measure(); err != nil {
				return nil, err
			}
		}
	}
	if o.only != "" {
		return r, json.NewEncoder(os.Stdout).Encode(r)
	}
	r.Verdicts = verdicts(r)
	print(os.Stdout, b.roles(), r)
	return r, nil
}
