package engine

import (
	"context"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// runRolled asks the finer query and makes each step's answer of it. Where that cannot be, each asks for itself.
func (t task) runRolled(ctx context.Context, e *Engine, report func(*plan.Widget, *format.Data, error)) {
	asked := t.asked
	takes := append([]task{t}, t.also...)
	takes[0].asked, takes[0].also, takes[0].rolled = nil, nil, false
	step := t.widget.Steps[t.step]
	step.Query = asked
	finer, err := t.ask(t.traced(ctx, e.Tracer), e, step)
	if err == nil && finer.Truncated {
		e.dense.add(shapeOf(asked))
	}
	if ctx.Err() == nil && (err == nil && finer.Truncated || err != nil && fault.ClassOf(err) == fault.Permanent) {
		for _, alone := range share(takes) {
			alone.run(ctx, e, report)
		}
		return
	}
	for _, o := range takes {
		o.traced(ctx, e.Tracer)
		if err != nil {
			o.finish(ctx, e, nil, err, report)
			continue
		}
		result, err := rolledUp(o.query(), asked, finer)
		o.finish(ctx, e, result, err, report)
	}
}

// rolledUp makes the answer to q of a finer one.
func rolledUp(q, asked *query.Query, finer *source.Result) (result *source.Result, err error) {
	defer fault.Recovered("engine", &err)
	recipe, ok := rollup.From(q, asked)
	merge, made := rollup.NewMerge(q)
	if !ok || !made {
		return nil, fault.New(fault.Permanent, "internal_error", "", errNotFiner)
	}
	if err := merge.Add(recipe, finer.Frame); err != nil {
		return nil, fault.New(fault.Permanent, "internal_error", "", err)
	}
	out := shared(finer)
	if out.Frame, out.Truncated, err = merge.Answer(); err != nil {
		return nil, err
	}
	out.Stats.Rows = int64(out.Frame.Rows())
	out.Stats.Derived = true
	return out, nil
}
