package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// verdicts compares what there is to compare.
func verdicts(r *Result) (list []run.Verdict) {
	mine, theirs := r.Peers[ours], r.Peers[separate]
	of := func(phase string) float64 { return mine[phase].Page / theirs[phase].Page }
	list = append(list,
		run.Most("new range: page, of the 12 statements", of("new"), .65),
		run.Most("new range: first widget, of theirs", mine["new"].First/theirs["new"].First, 1.5),
		run.Most("new range: processor time, of theirs", mine["new"].CPU/theirs["new"].CPU, .6),
		run.Most("a day later: page, of the 12 statements", of("day-later"), .15),
		run.Most("two days later: page, of the 12 statements", of("two-days-later"), .15),
		run.Most("the same again: page, of the 12 statements", of("again"), .05),
		run.Most("the same again: page, ms", mine["again"].Page, 5),
	)
	if s, ok := r.Peers[supersetName]; ok {
		list = append(list,
			run.Least("new range: times faster than Superset", s["new"].Page/mine["new"].Page, 20),
			run.Least("the same again: times faster than Superset", s["again"].Page/mine["again"].Page, 50))
	}
	return list
}

func report(w io.Writer, s *session) {
	r := s.result
	fmt.Fprintf(w, "Redis %s · %s · %s · load %.1f before, %.1f after · %d rounds of %d ranges of %d days, medians\n", r.Redis, r.Go, r.Machine, r.LoadBefore, r.LoadAfter, r.Rounds, perRound, days)
	fmt.Fprintf(w, "%d pages of %d widgets compared, value by value: equal (quotients within %g)\n", r.Compared, len(widgets), run.Tolerance)
	for _, name := range slices.Sorted(maps.Keys(r.Missing)) {
		fmt.Fprintf(w, "%s is left out: %s\n", name, r.Missing[name])
	}
	for _, phase := range phases {
		fmt.Fprintf(w, "\n%-56s %10s %10s %10s %10s   %s\n", phase, "first ms", "page ms", "CPU ms", "peak MB", "of the 12 statements")
		for _, p := range s.peers {
			f := r.Peers[p.name()][phase]
			fmt.Fprintf(w, "%-56s %10.1f %10.1f %10.1f %10.0f   %.3f\n", p.title(), f.First, f.Page, f.CPU*1000, r.Peak[p.name()], f.Page/r.Peers[separate][phase].Page)
			if f.After > 0 {
				fmt.Fprintf(w, "%-56s %32.1f\n", "  when it was complete", f.After*1000)
			}
		}
	}
	run.PrintVerdicts(w, r.Verdicts)
}
