package guard

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// guarded is a guarded source that counts how often it is asked.
type guarded struct {
	source.Source
	script *scripted
	asked  atomic.Int64
}

func guardedBy(o Options, query func(ctx context.Context) (*source.Result, error)) *guarded {
	g := &guarded{script: &scripted{ping: func(context.Context) error { return nil }}}
	g.script.does(func(ctx context.Context) (*source.Result, error) {
		g.asked.Add(1)
		return query(ctx)
	})
	g.Source = New(g.script, o)
	return g
}

func (g *guarded) ask(t *testing.T) error {
	t.Helper()
	_, err := g.Query(t.Context(), &query.Query{Timeout: 10 * time.Second})
	return err
}

// opened asks a source that is down until its breaker opens.
func opened(t *testing.T) *guarded {
	t.Helper()
	g := guardedBy(Options{}, down)
	for range breakerFailures {
		ends(t, g.ask(t), fault.Transient, "source_unavailable")
	}
	return g
}

// A server that is down is left alone after a few failures: answers come at once, without it, until a probe finds it back.
func TestTheBreakerOpensAndProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := opened(t)
		begin := time.Now()
		for range 20 {
			err := g.ask(t)
			ends(t, err, fault.Transient, "source_unavailable")
			if !errors.Is(err, source.ErrOpen) {
				t.Errorf("it does not say that it was not asked: %v", err)
			}
		}
		if g.asked.Load() != breakerFailures || time.Since(begin) != 0 {
			t.Errorf("the source was asked %d times, want %d; the answers took %v", g.asked.Load(), breakerFailures, time.Since(begin))
		}
		if err := g.Ping(t.Context()); !errors.Is(err, source.ErrOpen) {
			t.Errorf("it was pinged for nothing: %v", err)
		}
		time.Sleep(2 * breakerDelay)
		if err := g.ask(t); errors.Is(err, source.ErrOpen) || g.asked.Load() != breakerFailures+1 {
			t.Errorf("the probe was not sent: %v", err)
		}
		if err := g.ask(t); !errors.Is(err, source.ErrOpen) {
			t.Errorf("after a probe that failed: %v", err)
		}
		time.Sleep(2 * breakerDelay)
		if err := g.Ping(t.Context()); err != nil {
			t.Errorf("a ping when it is due again: %v", err)
		}
		g.script.does(func(context.Context) (*source.Result, error) { return result(t, 1, "x"), nil })
		for range 3 {
			if err := g.ask(t); err != nil {
				t.Errorf("once the server is back: %v", err)
			}
		}
	})
}

// One call probes; the others are answered at once meanwhile. The server is in doubt until that one has an answer.
func TestOneCallProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var doubted atomic.Bool
		g := guardedBy(Options{Doubted: &doubted}, down)
		for range breakerFailures {
			if doubted.Load() {
				t.Error("the server is in doubt before the breaker opens")
			}
			ends(t, g.ask(t), fault.Transient, "source_unavailable")
		}
		release := make(chan struct{})
		var asked atomic.Int64
		g.script.does(func(context.Context) (*source.Result, error) {
			asked.Add(1)
			<-release
			return result(t, 1, "x"), nil
		})
		time.Sleep(2 * breakerDelay)
		probe := make(chan error, 1)
		go func() { probe <- g.ask(t) }()
		synctest.Wait()
		for range 5 {
			if err := g.ask(t); !errors.Is(err, source.ErrOpen) {
				t.Errorf("beside the probe: %v", err)
			}
		}
		if !doubted.Load() {
			t.Error("the server is not in doubt while it is probed")
		}
		close(release)
		if err := <-probe; err != nil || asked.Load() != 1 {
			t.Errorf("%d probes; it ended with %v", asked.Load(), err)
		}
		if err := g.ask(t); err != nil {
			t.Errorf("after the probe: %v", err)
		}
		if doubted.Load() {
			t.Error("the server is in doubt although it answers")
		}
	})
}

// A probe that is given up, or panics, leaves the probing to the next call instead of closing it out for ever.
func TestAProbeThatLearnsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := opened(t)
		time.Sleep(2 * breakerDelay)
		g.script.does(func(ctx context.Context) (*source.Result, error) { <-ctx.Done(); return nil, ctx.Err() })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := g.Query(ctx, &query.Query{})
		ends(t, err, fault.Canceled, "canceled")
		g.script.does(func(context.Context) (*source.Result, error) { panic("bug") })
		ends(t, g.ask(t), fault.Permanent, "internal_error")
		g.script.does(func(context.Context) (*source.Result, error) {
			return nil, fault.New(fault.Permanent, "source_schema", "", errors.New("no such table"))
		})
		ends(t, g.ask(t), fault.Permanent, "source_schema") // an answer: it is there again
		ends(t, g.ask(t), fault.Permanent, "source_schema")
		ends(t, g.ask(t), fault.Permanent, "source_schema")
	})
}

// A call from before the breaker opened says nothing about the server as it is now.
func TestLateAnswersDoNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := guardedBy(Options{Limit: 2 * breakerFailures}, down)
		slow := make(chan struct{})
		g.script.does(func(context.Context) (*source.Result, error) { <-slow; return result(t, 1, "x"), nil })
		late := make(chan error, 1)
		go func() { late <- g.ask(t) }()
		synctest.Wait()
		g.script.does(down)
		for range breakerFailures {
			ends(t, g.ask(t), fault.Transient, "source_unavailable")
		}
		time.Sleep(2 * breakerDelay)
		g.script.does(func(ctx context.Context) (*source.Result, error) { <-ctx.Done(); return nil, ctx.Err() })
		probe := make(chan error, 1)
		go func() { probe <- g.ask(t) }()
		synctest.Wait()
		close(slow)
		if err := <-late; err != nil {
			t.Error(err)
		}
		if err := g.ask(t); !errors.Is(err, source.ErrOpen) {
			t.Errorf("an answer from before has closed the breaker: %v", err)
		}
		ends(t, <-probe, fault.Timeout, "source_timeout")
	})
}

// What does not show that the server is away never opens the breaker, however often it happens.
func TestWhatIsNotTheServersFault(t *testing.T) {
	t.Parallel()
	fails := func(class fault.Class, reason string) func(context.Context) (*source.Result, error) {
		return func(context.Context) (*source.Result, error) {
			return nil, fault.New(class, reason, "", errors.New("x"))
		}
	}
	waits := func(ctx context.Context) (*source.Result, error) { <-ctx.Done(); return nil, ctx.Err() }
	for name, c := range map[string]struct {
		query   func(context.Context) (*source.Result, error)
		options Options
		timeout time.Duration // the request's own
		opens   bool
	}{
		"permanent":                 {query: fails(fault.Permanent, "source_schema")},
		"a limit":                   {query: fails(fault.Permanent, "source_limit")},
		"reject":                    {query: fails(fault.Reject, "bad_value")},
		"throttled":                 {query: fails(fault.Throttled, "source_throttled")},
		"an object that changed":    {query: fails(fault.Transient, "source_changed")},
		"canceled":                  {query: fails(fault.Canceled, "canceled")},
		"a request's own deadline":  {query: waits, timeout: 4 * time.Second},
		"down, but embedded":        {query: down, options: Options{Embedded: true}},
		"down":                      {query: down, opens: true},
		"takes all of the time":     {query: waits, timeout: time.Hour, opens: true},
		"unclassified, of no class": {query: func(context.Context) (*source.Result, error) { return nil, errors.New("x") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := guardedBy(c.options, c.query)
				var err error
				for range 3 * breakerOf {
					ctx := t.Context()
					if c.timeout > 0 {
						limited, cancel := context.WithTimeout(ctx, c.timeout)
						defer cancel()
						ctx = limited
					}
					_, err = g.Query(ctx, &query.Query{Timeout: 10 * time.Second})
				}
				if errors.Is(err, source.ErrOpen) != c.opens {
					t.Errorf("after %d calls, of which %d were made: %v", 3*breakerOf, g.asked.Load(), err)
				}
			})
		})
	}
}

// Who waits when the breaker opens is not kept waiting.
func TestAnOpeningBreakerFreesTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := guardedBy(Options{Limit: 1}, down)
		for range breakerFailures - 1 {
			ends(t, g.ask(t), fault.Transient, "source_unavailable")
		}
		g.script.does(func(ctx context.Context) (*source.Result, error) {
			time.Sleep(time.Second)
			return down(ctx)
		})
		const waiting = 7
		ended := make(chan error, 1+waiting)
		begin := time.Now()
		for range cap(ended) {
			go func() { ended <- g.ask(t) }()
		}
		open := 0
		for range cap(ended) {
			if errors.Is(<-ended, source.ErrOpen) {
				open++
			}
		}
		if open != waiting || time.Since(begin) != time.Second {
			t.Errorf("%d of %d were freed, after %v", open, waiting, time.Since(begin))
		}
	})
}

// The breaker's ways are counted.
func TestTransitionsAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := telemetry.NewMetrics()
		g := guardedBy(Options{Metrics: m.Source("s")}, down)
		for range breakerFailures {
			_ = g.ask(t)
		}
		time.Sleep(2 * breakerDelay)
		_ = g.ask(t) // fails, and opens it again
		time.Sleep(2 * breakerDelay)
		g.script.does(func(context.Context) (*source.Result, error) { return result(t, 2, "x"), nil })
		if err := g.ask(t); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // a call is answered before it is counted as over
		got := gathered(t, m)
		for name, want := range map[string]float64{
			"dispatcher_source_breaker_transitions_total to=open":      2,
			"dispatcher_source_breaker_transitions_total to=half_open": 2,
			"dispatcher_source_breaker_transitions_total to=closed":    1,
			"dispatcher_source_breaker_state":                          0,
			"dispatcher_source_rows_total":                             2,
			"dispatcher_source_in_flight":                              0,
			"dispatcher_source_waiting":                                0,
			"dispatcher_source_errors_total reason=source_unavailable": breakerFailures + 1,
		} {
			if got[name] != want {
				t.Errorf("%s is %v, want %v; there is %v", name, got[name], want, got)
			}
		}
	})
}

// gathered returns the values of counters and gauges by name and labels, without that of the source.
func gathered(t *testing.T, m *telemetry.Metrics) map[string]float64 {
	t.Helper()
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]float64)
	for _, f := range families {
		for _, x := range f.GetMetric() {
			name := f.GetName()
			for _, l := range x.GetLabel() {
				if l.GetName() != "source" {
					name += " " + l.GetName() + "=" + l.GetValue()
				}
			}
			out[name] = x.GetCounter().GetValue() + x.GetGauge().GetValue()
		}
	}
	return out
}
