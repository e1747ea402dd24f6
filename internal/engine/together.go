package engine

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// runTogether runs one query for several steps. Where it fails for a reason that may be one measure's alone (a sum that is too large, an answer of too many bytes), or has too many groups, the
// steps are asked without it, so that a widget fails for no other.
func (t task) runTogether(ctx context.Context, e *Engine, report func(*plan.Widget, *format.Data, error)) {
	asked := t.query()
	takes := append([]task{t}, t.also...)
	takes[0].asked, takes[0].also, takes[0].rolled = nil, nil, false
	step := t.widget.Steps[t.step]
	step.Query = asked
	result, err := t.ask(t.traced(ctx, e.Tracer), e, step)
	cut := t.rolled && err == nil && result.Truncated
	if cut {
		e.dense.add(shapeOf(asked))
	}
	if ctx.Err() == nil && (cut || err != nil && fault.ClassOf(err) == fault.Permanent) {
		if t.rolled {
			takes = share(takes)
		}
		for _, alone := range takes {
			alone.run(ctx, e, report)
		}
		return
	}
	e.side(t.widget.Steps[t.step].Source, takes, func(o task) {
		o.traced(ctx, e.Tracer)
		switch {
		case err != nil:
			o.finish(ctx, e, nil, err, report)
		case t.rolled:
			own, err := o.rolledUp(result)
			o.finish(ctx, e, own, err, report)
		default:
			o.finish(ctx, e, result.Shared(), nil, report)
		}
	})
}

// side does something for each task, for as many of them side by side as the source is asked queries, and returns when all is done: those of the dearest answer are the last of a page, and nothing else runs any more.
func (e *Engine) side(source string, tasks []task, do func(task)) {
	var next atomic.Int64
	some := func() {
		for i := int(next.Add(1)) - 1; i < len(tasks); i = int(next.Add(1)) - 1 {
			do(tasks[i])
		}
	}
	var others sync.WaitGroup
	for range min(len(tasks), e.parallel(source)) - 1 {
		others.Go(some)
	}
	some()
	others.Wait()
}

// rolledUp makes the step's answer of a finer one.
func (t task) rolledUp(finer *source.Result) (result *source.Result, err error) {
	defer fault.Recovered("engine", &err)
	merge, made := rollup.NewMerge(t.query())
	if !made {
		return nil, fault.New(fault.Permanent, "internal_error", "", errNotFiner)
	}
	if err := merge.Add(t.recipe, finer.Frame); err != nil {
		return nil, fault.New(fault.Permanent, "internal_error", "", err)
	}
	out := finer.Shared()
	if out.Frame, out.Truncated, err = merge.Answer(); err != nil {
		return nil, err
	}
	out.Stats.Rows = int64(out.Frame.Rows())
	out.Stats.Derived = true
	return out, nil
}
