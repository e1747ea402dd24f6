package main

import (
	"fmt"
	"io"
)

// Verdict is one promise about live delivery, kept or not.
type Verdict struct {
	Promise string  `json:"promise"`
	Figure  float64 `json:"figure"`
	Kept    bool    `json:"kept"`
}

func verdicts(r *Result) (out []Verdict) {
	hand, we := r.Fanout[byHand], r.Fanout[ours]
	add := func(promise string, figure float64, kept bool) { out = append(out, Verdict{promise, figure, kept}) }
	add("deliveries/s, of net/http by hand: at least 0.9", we.Rate/hand.Rate, we.Rate >= .9*hand.Rate)
	add("processor time a delivery, of net/http by hand: at most 1.3", we.CPU/hand.CPU, we.CPU <= 1.3*hand.CPU)
	role := ours // what is asked of the process is asked of the one as shipped, where that is measured
	if r.Fanout[shipped] != nil {
		role = shipped
	}
	rss, idle := r.Fanout[role].RSS, r.Idle[role]
	add("resident with all subscribers, MB: under 60", rss, rss < 60)
	add("an idle subscriber on a connection and a stream of its own, bytes: under 20,000", idle.HTTP1, idle.HTTP1 < 20_000)
	add("an idle subscriber on a proxy's connection (HTTP/2), bytes: under 20,000", idle.HTTP2, idle.HTTP2 < 20_000)
	add("p99 of the others with a stalled subscriber, of that without: under 1.1", r.Stalled.Ratio, r.Stalled.Ratio < 1.1)
	return out
}

func print(w io.Writer, roles []string, r *Result) {
	fmt.Fprintf(w, "\nRedis %s · %s · %s · %d subscribers, 1 KB, %d rounds, medians\n\n", r.Redis, r.Go, r.Machine, r.Subscribers, r.Rounds)
	fmt.Fprintln(w, "| server | deliveries/s | processor µs each | resident MB (not of files) | p99 ms | bytes an idle subscriber (HTTP/2) |\n|---|--:|--:|--:|--:|--:|")
	for _, role := range roles {
		f, i := r.Fanout[role], r.Idle[role]
		fmt.Fprintf(w, "| %s | %.0f | %.1f | %.0f (%.0f) | %.1f | %.0f (%.0f) |\n", role, f.Rate, f.CPU, f.RSS, f.Anonymous, f.P99, i.HTTP1, i.HTTP2)
	}
	s := r.Stalled
	fmt.Fprintf(w, "\nOne stalled subscriber, %d publications/s, %d pairs of servers: p99 of the others %.2f ms with it, %.2f ms without; in a pair %.2f times (the middle half of them: %.2f to %.2f)\n\n",
		s.Rate, s.Pairs, s.With, s.Without, s.Ratio, s.Low, s.High)
	for _, v := range r.Verdicts {
		kept := "kept"
		if !v.Kept {
			kept = "NOT KEPT"
		}
		fmt.Fprintf(w, "%s: %.2f, %s\n", v.Promise, v.Figure, kept)
	}
}
