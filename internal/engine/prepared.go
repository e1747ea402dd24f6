package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Prepared is the run of a page that has not begun. Asked says what it will ask, of the very queries that Run asks then: a page is put together once, whoever looks at it before. It is one goroutine's, and run once.
type Prepared struct {
	// Written, where it is set, returns what is closed when all that the run has told of so far has been sent; nil where that is so.
	Written func() <-chan struct{}

	engine *Engine
	plan   *plan.Plan
	skip   func(widget string) bool
	// queues are those of the sources; nil until somebody needs them. ended are the ends of widgets that need no query.
	queues map[string]*queue
	ended  []end
}

// report is told of a widget's end, and an end is one that waits to be told.
type (
	report = func(*plan.Widget, *format.Data, error)
	end    = func(context.Context, report)
)

// queue is what a source is asked for a page.
type queue struct {
	tasks []task // the steps, all of a cheaper widget before those of a dearer one
	made  func() []task
}

// Prepare prepares a run of the widgets of p that are not to be skipped.
func (e *Engine) Prepare(p *plan.Plan, skip func(widget string) bool) *Prepared {
	return &Prepared{engine: e, plan: p, skip: skip}
}

// Run is that of Engine.
func (r *Prepared) Run(ctx context.Context, done Done) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	tell := func(w *plan.Widget, data *format.Data, err error) {
		if ctx.Err() != nil {
			return // the widget did not fail: the run was given up
		}
		if err := done(ctx, w, data, err); err != nil {
			cancel(err)
		}
	}
	if r.queues == nil {
		r.look(ctx, func(one end) { one(ctx, tell) })
	}
	for _, one := range r.ended {
		one(ctx, tell)
	}
	var workers sync.WaitGroup
	for name, q := range r.queues {
		lead := r.lead(name, q.tasks)
		next := q.order()
		for range min(len(q.tasks), r.engine.parallel(name)) {
			workers.Go(func() {
				for t, ok := next(); ok && ctx.Err() == nil; t, ok = next() {
					lead.wait(ctx, t)
					t.run(ctx, r.engine, lead.reporting(tell))
				}
			})
		}
	}
	workers.Wait()
	if ctx.Err() != nil {
		endAll(r.queues, context.Cause(ctx))
	}
	return context.Cause(ctx)
}

// look divides the steps into the queues of their sources. Each source has one of its own, so that one that is slow keeps no other waiting. What cannot run has ended, and so has what is known.
func (r *Prepared) look(ctx context.Context, ended func(end)) {
	order := make([]*plan.Widget, 0, len(r.plan.Widgets))
	for i := range r.plan.Widgets {
		if !r.skip(r.plan.Widgets[i].ID) {
			order = append(order, &r.plan.Widgets[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *plan.Widget) int { return a.Cost - b.Cost })
	r.queues = make(map[string]*queue)
	for _, w := range order {
		err := w.Err
		if err == nil && len(w.Steps) == 0 {
			err = fault.New(fault.Permanent, "internal_error", "", fmt.Errorf("engine: widget %s has no steps", w.ID))
		}
		if err != nil {
			ended(func(_ context.Context, tell report) { tell(w, nil, err) })
			continue
		}
		g := &gathering{widget: w, started: time.Now(), results: make([]*source.Result, len(w.Steps))}
		left := r.engine.known(ctx, g)
		g.left.Store(int32(len(left))) //nolint:gosec // a widget has a few steps
		for _, t := range left {
			r.queue(w.Steps[t.step].Source).add(t)
		}
		if len(left) == 0 {
			ended(func(ctx context.Context, tell report) { task{gathering: g}.done(ctx, r.engine, tell) })
		}
	}
	for name, q := range r.queues {
		if r.engine.Embedded[name] && r.engine.Answers != nil { // where nothing is kept, it would only make another question of it
			q.keptLater()
		}
	}
}

// queue is that of a source.
func (r *Prepared) queue(source string) *queue {
	q := r.queues[source]
	if q == nil {
		q = new(queue)
		q.made = sync.OnceValue(func() []task { return r.engine.made(q.tasks) })
		r.queues[source] = q
	}
	return q
}

func (q *queue) add(t task) { q.tasks = append(q.tasks, t) }
