package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Check is one thing that the process needs. Run is called from one goroutine at a time; it returns
// nil when the thing works, and gives up when ctx ends.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// Readiness is what /ready answers.
type Readiness struct {
	Ready   bool      `json:"ready"`
	Failing []Failure `json:"failing,omitempty"`
}

// Failure is one check that does not pass, in words that anybody may read.
type Failure struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

const (
	checkLimit = 2 * time.Second
	checkCache = time.Second
)

// readiness shares one run of the checks among all who ask.
type readiness struct {
	checks []*check
	log    *slog.Logger

	mu      sync.Mutex
	running chan struct{} // closed at the end of the run that is under way
	last    Readiness
	at      time.Time
	work    sync.WaitGroup
}

// answer is what a run of a check ended with.
type answer struct{ err error }

type check struct {
	Check
	mu      sync.Mutex
	running chan answer // of the run that is under way or has outlived its limit
	failing bool
}

func newReadiness(checks []Check, log *slog.Logger) *readiness {
	r := &readiness{log: log}
	for _, c := range checks {
		r.checks = append(r.checks, &check{Check: c})
	}
	return r
}

// get returns the last result while it is fresh, else that of the run which the first caller starts.
// The run does not end with its caller's request: others wait for it.
func (r *readiness) get(ctx context.Context) (Readiness, error) {
	r.mu.Lock()
	if !r.at.IsZero() && time.Since(r.at) < checkCache {
		defer r.mu.Unlock()
		return r.last, nil
	}
	done := r.running
	if done == nil {
		done = make(chan struct{})
		r.running = done
		r.work.Go(func() { r.run(context.WithoutCancel(ctx), done) })
	}
	r.mu.Unlock()
	select {
	case <-done:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.last, nil
	case <-ctx.Done():
		return Readiness{}, ctx.Err()
	}
}

func (r *readiness) run(ctx context.Context, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	errs := make([]error, len(r.checks))
	var all sync.WaitGroup
	for i, c := range r.checks {
		all.Go(func() { errs[i] = c.ask(ctx, &r.work) })
	}
	all.Wait()
	result := Readiness{Ready: true}
	for i, c := range r.checks {
		if errs[i] != nil {
			result.Ready = false
			result.Failing = append(result.Failing, Failure{Name: c.Name, Error: safe(errs[i])})
		}
		r.report(ctx, c, errs[i])
	}
	r.mu.Lock()
	r.last, r.at, r.running = result, time.Now(), nil
	r.mu.Unlock()
	close(done)
}

// report logs a check when it starts to fail and when it passes again, not at every probe.
func (r *readiness) report(ctx context.Context, c *check, err error) {
	switch {
	case err != nil && !c.failing:
		r.log.LogAttrs(ctx, slog.LevelWarn, "a part that is needed is not ready", slog.String("check", c.Name), slog.String("error", err.Error()))
	case err == nil && c.failing:
		r.log.LogAttrs(ctx, slog.LevelInfo, "a part that is needed is ready again", slog.String("check", c.Name))
	}
	c.failing = err != nil
}

// ask runs the check. One that ignores its context is left running and not started again before it
// ends, so that a hung driver costs one goroutine and not one a probe.
func (c *check) ask(ctx context.Context, work *sync.WaitGroup) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running != nil {
		select {
		case <-c.running: // an answer that came after its limit is an old one
			c.running = nil
		default:
		}
	}
	if c.running == nil {
		running := make(chan answer, 1)
		c.running = running
		work.Go(func() { running <- answer{c.safely(ctx)} })
	}
	select {
	case a := <-c.running:
		c.running = nil
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *check) safely(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("check %s panicked: %v", c.Name, p)
		}
	}()
	if c.Run == nil {
		return errors.New("the check has nothing to run")
	}
	return c.Run(ctx)
}
