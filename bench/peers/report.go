package main

import (
	"fmt"
	"io"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// verdicts compares what there is to compare.
func verdicts(r *Result) (list []run.Verdict) {
	least := func(what string, is, asked float64) {
		list = append(list, run.Least(what, is, asked))
	}
	most := func(what string, is, asked float64) {
		list = append(list, run.Most(what, is, asked))
	}
	mine := r.Throughput[ours]
	if t, ok := r.Throughput[hand]; ok && mine.Rate > 0 {
		least("messages/s against bare go-redis with encoding/json", mine.Rate/t.Rate, 1.2)
	}
	if best := max(r.Throughput["watermill-10"].Rate, r.Throughput["watermill-50"].Rate); best > 0 && mine.Rate > 0 {
		least("messages/s against Watermill at its best", mine.Rate/best, 5)
	}
	if t, ok := r.Throughput["asynq"]; ok && mine.Rate > 0 {
		least("messages/s against asynq", mine.Rate/t.Rate, 8)
	}
	if l, ok := r.Latency[hand]; ok && r.Latency[ours].P99 > 0 {
		most("p99 of the latency against bare go-redis", r.Latency[ours].P99/l.P99, 1.6)
	}
	if mine.Peak > 0 {
		most("memory of the worker at its peak, MB", mine.Peak, 64)
	}
	if r.Backlog != nil {
		least("messages/s with the large backlog against the small one", r.Backlog.Ratio, 0.9)
	}
	return list
}

func printThroughput(w io.Writer, list []*peer, all map[string]Throughput) {
	fmt.Fprintf(w, "\n%-52s %10s %16s %16s %12s\n", "worker", "messages/s", "worker µs/msg", "Redis µs/msg", "peak RSS MB")
	for _, p := range list {
		t := all[p.name]
		fmt.Fprintf(w, "%-52s %10.0f %16.1f %16.1f %12.0f\n", p.title, t.Rate, t.WorkerCPU, t.RedisCPU, t.Peak)
	}
}

func printLatency(w io.Writer, list []*peer, all map[string]Latency, o options) {
	fmt.Fprintf(w, "\n%-52s %10s %10s   at %d requests/s\n", "request added → result read", "p50 ms", "p99 ms", o.rate)
	for _, p := range list {
		if l, ok := all[p.name]; ok {
			fmt.Fprintf(w, "%-52s %10.2f %10.2f\n", p.title, l.P50, l.P99)
		}
	}
}
