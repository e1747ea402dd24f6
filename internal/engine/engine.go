// Package engine runs a plan: its queries on their sources, its formats over their results. It decides the
// order and the concurrency, never what is computed.
package engine

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Engine runs plans over a fixed set of sources. It is used from many goroutines.
type Engine struct {
	// Sources by the catalog's names.
	Sources map[string]source.Source
	// Workers is how many queries of one page a source is asked at the same time. As many as it computes at once is right:
	// more only delays the first widget. Parallel says otherwise for the sources that it names.
	Workers  int
	Parallel map[string]int
	// Embedded names sources that compute in this process: what a page asks of them besides its first widget waits until that is on its way, so that it does not take the processors
	// that would send it.
	Embedded map[string]bool
	// Observe, when set, is told of each finished query.
	Observe func(source string, role plan.Role, elapsed time.Duration, err error)
	// Tracer makes a span of each widget, from its first query to its data; nil makes none.
	Tracer trace.Tracer

	// Answers keeps answers for who asks the same again; nil keeps none.
	Answers Answers

	dense dense
}

// Done receives one widget's end: its data or its error, exactly once for each widget of the plan. It is
// called from several goroutines; an error from it ends the run.
type Done func(ctx context.Context, w *plan.Widget, data *format.Data, err error) error

// Run computes all widgets of p, the cheapest first, and reports each as soon as it is ready. The error
// is that of done, or of ctx; a widget's own error goes to done and the others go on.
func (e *Engine) Run(ctx context.Context, p *plan.Plan, skip func(widget string) bool, done Done) error {
	return e.Prepare(p, skip).Run(ctx, done)
}

// parallel is how many queries of one page a source is asked at the same time.
func (e *Engine) parallel(source string) int {
	if n := e.Parallel[source]; n > 0 {
		return n
	}
	return max(1, e.Workers)
}

// gathering collects the results of one widget's steps.
type gathering struct {
	widget  *plan.Widget
	started time.Time
	left    atomic.Int32
	mu      sync.Mutex
	results []*source.Result
	err     error
	span    trace.Span // nil until the first step begins, and without a tracer
}

// task is one step of one widget. Where asked is set, it is asked in place of the step's query, and answers the steps of also, too: as it is, or rolled up, where it is finer
// than what the steps ask.
type task struct {
	*gathering
	step   int
	asked  *query.Query
	also   []task
	rolled bool
	recipe *rollup.Recipe // by which the finer answer is that of the step
	uncut  *query.Query   // all groups of the step by the parts of its measures, while it is found out what it is made of
}

func (t task) run(ctx context.Context, e *Engine, report func(*plan.Widget, *format.Data, error)) {
	if len(t.also) > 0 {
		t.runTogether(ctx, e, report)
		return
	}
	ctx = t.traced(ctx, e.Tracer)
	step := t.widget.Steps[t.step]
	step.Query = t.query()
	result, err := t.ask(ctx, e, step)
	t.finish(ctx, e, result, err, report)
}

// finish takes a step's answer; the last one makes the widget's data.
func (t task) finish(ctx context.Context, e *Engine, result *source.Result, err error, report func(*plan.Widget, *format.Data, error)) {
	if err == nil {
		t.learn(ctx, e, result)
	}
	t.mu.Lock()
	t.results[t.step] = result
	if t.err == nil {
		t.err = err
	}
	t.mu.Unlock()
	if t.left.Add(-1) > 0 {
		return
	}
	t.done(ctx, e, report)
}

// done makes the widget's data, when all of its steps are answered.
func (t task) done(ctx context.Context, e *Engine, report func(*plan.Widget, *format.Data, error)) {
	var data *format.Data
	err := t.err
	if err == nil {
		data, err = t.format(ctx, e)
	}
	t.ended(err)
	report(t.widget, data, err)
}

// ask runs a step. A panic in a source or a format is this widget's failure, not the process's.
func (t task) ask(ctx context.Context, e *Engine, step plan.Step) (result *source.Result, err error) {
	defer fault.Recovered("engine", &err)
	src, ok := e.Sources[step.Source]
	if !ok {
		return nil, fault.New(fault.Permanent, "source_unknown", "", fmt.Errorf("engine: no source %q", step.Source))
	}
	begin := time.Now()
	result, err = retry(ctx, func() (*source.Result, error) { return e.query(ctx, src, step) })
	if e.Observe != nil {
		e.Observe(step.Source, step.Role, time.Since(begin), err)
	}
	return result, err
}

// query asks the source once, within the query's own time limit.
func (e *Engine) query(ctx context.Context, src source.Source, step plan.Step) (*source.Result, error) {
	if limit := step.Query.Timeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	if result, stepped, err := e.stepwise(ctx, src, step); stepped {
		return result, err
	}
	return e.ask(ctx, src, step)
}

// firstStretch is the part of its range that a query for rows without doubles looks through first.
const firstStretch = 1.0 / 256

// stepwise asks for the newest rows without doubles in the newest stretch of the range first: to tell doubles apart all rows of a stretch have to be sorted,
// where an index alone would give the newest. False says that the query is none of these.
func (e *Engine) stepwise(ctx context.Context, src source.Source, step plan.Step) (*source.Result, bool, error) {
	if len(step.Query.Distinct) == 0 {
		return nil, false, nil
	}
	whole := step.Query.Range.To.Sub(step.Query.Range.From)
	return source.Stepwise(step.Query, source.Lasting(time.Duration(float64(whole)*firstStretch)), func(part *query.Query) (*source.Result, error) {
		step.Query = part
		return e.ask(ctx, src, step)
	})
}

func (t task) format(ctx context.Context, e *Engine) (data *format.Data, err error) {
	defer fault.Recovered("engine", &err)
	links, err := t.links(ctx, e)
	if err != nil {
		return nil, err
	}
	in := format.Input{
		Widget:  t.widget,
		Results: make(map[plan.Role]*source.Result, len(t.results)),
		Sources: make(map[plan.Role]string, len(t.results)),
		Elapsed: time.Since(t.started),
		Links:   links,
	}
	for i, step := range t.widget.Steps {
		in.Results[step.Role] = t.results[i]
		in.Sources[step.Role] = step.Source
	}
	if err := t.follow(ctx, e, &in); err != nil {
		return nil, err
	}
	return format.Widget(in)
}
