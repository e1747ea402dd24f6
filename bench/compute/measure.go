package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
	"github.com/go-dispatcher/dispatcher/internal/dataset"
)

// phases of a range, in their order: never asked before; a day later, and once more; the last one again.
var phases = [...]string{"new", "day-later", "two-days-later", "again"}

// idle is how long a peer that keeps parts of answers has for itself after one. It is a day, where pages are looked at day by day.
const idle = 600 * time.Millisecond

// Figures are those of a peer in a phase, medians: milliseconds and seconds. After is the processor time of what it does for later pages when a page is complete.
type Figures struct {
	First float64 `json:"first_ms"`
	Page  float64 `json:"page_ms"`
	CPU   float64 `json:"cpu_s"`
	After float64 `json:"cpu_after_s,omitempty"`
}

// Result is all that a run has measured.
type Result struct {
	At         string                        `json:"at"`
	Machine    string                        `json:"machine"`
	LoadBefore float64                       `json:"load_before"`
	LoadAfter  float64                       `json:"load_after"`
	Redis      string                        `json:"redis"`
	Go         string                        `json:"go"`
	Versions   map[string]string             `json:"versions"`
	Missing    map[string]string             `json:"missing,omitempty"`
	Rounds     int                           `json:"rounds"`
	Compared   int                           `json:"pages_compared"`
	Peers      map[string]map[string]Figures `json:"peers"`
	Peak       map[string]float64            `json:"peak_rss_mb"`
	Verdicts   []run.Verdict                 `json:"verdicts"`
}

// sample is one page of a peer.
type sample struct {
	first, page, cpu, after float64
}

// session is a run under way.
type session struct {
	peers   []peer
	again   int
	samples map[string]map[string][]sample // by peer and phase
	result  *Result
}

func measure(ctx context.Context, w io.Writer, o options) (*Result, error) {
	file, err := dataset.FetchFlights(ctx, o.cache, func(line string) { run.Progress("%s", line) })
	if err != nil {
		return nil, err
	}
	if file, err = filepath.Abs(file); err != nil {
		return nil, err
	}
	rdb, err := run.StartRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer rdb.Stop()
	s := &session{again: o.again, samples: make(map[string]map[string][]sample), result: &Result{
		At: time.Now().UTC().Format(time.RFC3339), Machine: run.Machine(), LoadBefore: run.Load(), Redis: run.RedisVersion(ctx, rdb.Client), Go: runtime.Version(),
		Versions: make(map[string]string), Missing: make(map[string]string), Rounds: o.rounds, Peers: make(map[string]map[string]Figures), Peak: make(map[string]float64),
	}}
	s.peers = []peer{
		&dispatcher{&run.Consumer{Binary: o.consumer, Redis: rdb, Env: []string{"APP_DISPATCHER_CATALOG=" + o.catalog, "APP_DISPATCHER_DATA=" + filepath.Dir(file)}}, o.operator},
		&driver{id: separate, what: fmt.Sprintf("bare driver, 12 statements, %d connections × 1 thread", runtime.GOMAXPROCS(0)), file: file},
		&driver{id: byHand, what: "bare driver, shared aggregates by hand", file: file},
	}
	others, err := s.others(ctx, o, file, rdb)
	if err != nil {
		return nil, err
	}
	s.peers = append(s.peers, others...)
	defer s.stop()
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	for round := range o.rounds {
		if err := s.round(ctx, round, o.rounds); err != nil {
			return nil, err
		}
	}
	s.finish()
	s.result.Verdicts = verdicts(s.result)
	report(w, s)
	return s.result, nil
}

// start has all peers ready: what they import when they are first asked is there.
func (s *session) start(ctx context.Context) error {
	for _, p := range s.peers {
		run.Progress("starting %s", p.title())
		if err := p.start(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name(), err)
		}
		if _, err := p.ask(ctx, warm()); err != nil {
			return fmt.Errorf("%s: %w", p.name(), err)
		}
		s.result.Versions[p.name()] = p.version()
		s.samples[p.name()] = make(map[string][]sample)
	}
	return nil
}

func (s *session) stop() {
	for _, p := range s.peers {
		p.stop()
	}
}

// round takes the peers in turn, so that a slow moment of the machine meets all of them.
func (s *session) round(ctx context.Context, round, of int) error {
	for _, p := range s.peers {
		if f, ok := p.(forgetful); ok {
			if err := f.forget(ctx); err != nil {
				return fmt.Errorf("%s: %w", p.name(), err)
			}
		}
	}
	for i, from := range newSpans(round) {
		for n, phase := range phases {
			run.Progress("round %d of %d, range %d of %d: %s", round+1, of, i+1, perRound, phase)
			at, times := from.later(min(n, len(phases)-2)), 1
			if phase == phases[len(phases)-1] {
				times = s.again
			}
			for range times {
				if err := s.turn(ctx, phase, at, round+i+n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// turn asks all peers for a page, one after the other, the first of them another one each time, and compares what they say.
func (s *session) turn(ctx context.Context, phase string, at span, begin int) error {
	said := make([]answers, len(s.peers))
	for i := range s.peers {
		i = (i + begin) % len(s.peers)
		p := s.peers[i]
		used := p.cpu()
		v, err := p.ask(ctx, at)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name(), err)
		}
		one := sample{first: v.first.Seconds() * 1000, page: v.page.Seconds() * 1000, cpu: (p.cpu() - used).Seconds()}
		if _, ok := p.(forgetful); ok && phase != phases[len(phases)-1] {
			time.Sleep(idle) // what it does when it has answered keeps no other peer from its turn
			one.after = (p.cpu() - used).Seconds() - one.cpu
		}
		s.samples[p.name()][phase] = append(s.samples[p.name()][phase], one)
		if said[i], err = v.answers(); err != nil {
			return fmt.Errorf("%s: %w", p.name(), err)
		}
	}
	for i, p := range s.peers[1:] {
		if where := said[0].differs(said[i+1]); where != "" {
			return fmt.Errorf("%s and %s differ for %s: %s", s.peers[0].name(), p.name(), at, where)
		}
	}
	s.result.Compared++
	return nil
}

// finish makes medians of what was measured.
func (s *session) finish() {
	for _, p := range s.peers {
		s.result.Peak[p.name()] = p.peak()
		figures := make(map[string]Figures)
		for phase, list := range s.samples[p.name()] {
			figures[phase] = Figures{
				First: run.Median(each(list, func(o sample) float64 { return o.first })),
				Page:  run.Median(each(list, func(o sample) float64 { return o.page })),
				CPU:   run.Median(each(list, func(o sample) float64 { return o.cpu })),
				After: run.Median(each(list, func(o sample) float64 { return o.after })),
			}
		}
		s.result.Peers[p.name()] = figures
	}
	s.result.LoadAfter = run.Load()
}

func each[T any](list []T, f func(T) float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}
