package main

import (
	"fmt"
	"io"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

func verdicts(r *Result) []run.Verdict {
	hand, we := r.Fanout[byHand], r.Fanout[ours]
	role := ours // what is asked of the process is asked of the one as shipped, where that is measured
	if r.Fanout[shipped] != nil {
		role = shipped
	}
	return []run.Verdict{
		run.Least("deliveries/s, of net/http by hand", we.Rate/hand.Rate, 0.9),
		run.Most("processor time a delivery, of net/http by hand", we.CPU/hand.CPU, 1.3),
		run.Under("resident with all subscribers, MB", r.Fanout[role].RSS, 60),
		run.Under("an idle subscriber, connection and stream its own, bytes", r.Idle[role].HTTP1, 20_000),
		run.Under("an idle subscriber on a proxy's HTTP/2 connection, bytes", r.Idle[role].HTTP2, 20_000),
		run.Under("p99 of the others with a stalled subscriber, of without", r.Stalled.Ratio, 1.1),
	}
}

func print(w io.Writer, roles []string, r *Result) {
	fmt.Fprintf(w, "\nRedis %s · %s · %s · %d subscribers, 1 KB, %d rounds, medians\n\n", r.Redis, r.Go, r.Machine, r.Subscribers, r.Rounds)
	fmt.Fprintln(w, "| server | deliveries/s | processor µs each | resident MB (not of files) | p99 ms | bytes an idle subscriber (HTTP/2) |\n|---|--:|--:|--:|--:|--:|")
	for _, role := range roles {
		f, i := r.Fanout[role], r.Idle[role]
		fmt.Fprintf(w, "| %s | %.0f | %.1f | %.0f (%.0f) | %.1f | %.0f (%.0f) |\n", role, f.Rate, f.CPU, f.RSS, f.Anonymous, f.P99, i.HTTP1, i.HTTP2)
	}
	s := r.Stalled
	fmt.Fprintf(w, "\nOne stalled subscriber, %d publications/s, %d pairs of servers: p99 of the others %.2f ms with it, %.2f ms without; in a pair %.2f times (the middle half of them: %.2f to %.2f)\n",
		s.Rate, s.Pairs, s.With, s.Without, s.Ratio, s.Low, s.High)
	run.PrintVerdicts(w, r.Verdicts)
}
