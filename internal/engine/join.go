package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// whole says that a source computes a step by itself: there is nothing to join, or it reads all inputs where they are.
func whole(src source.Source, step plan.Step) bool {
	join := step.Query.Relation.Join
	if join == nil {
		return true
	}
	_, joins := src.(source.Joiner)
	return !joins && join.Local(step.Source)
}

// united is a step over a union as one over the answers of its members.
func united(step plan.Step) (plan.Step, error) {
	q, err := sqlgen.Unite(step.Query)
	if err != nil {
		return step, fault.New(fault.Permanent, "source_error", "", err)
	}
	step.Query = q
	return step, nil
}

// ask has the source of a step answer it; the inputs of a join, or of a union, are answered first.
func (e *Engine) ask(ctx context.Context, src source.Source, step plan.Step) (*source.Result, error) {
	step, err := united(step)
	if err != nil {
		return nil, err
	}
	if whole(src, step) {
		return src.Query(ctx, step.Query)
	}
	join := step.Query.Relation.Join
	joiner, ok := src.(source.Joiner)
	if !ok {
		return nil, fault.New(fault.Permanent, "source_error", "", fmt.Errorf("engine: source %s does not join rows of other sources", step.Source))
	}
	inputs, parts, asOf, err := e.inputs(ctx, join)
	if err != nil {
		return nil, err
	}
	r, err := joiner.Join(ctx, step.Query, inputs)
	if err != nil {
		return nil, err
	}
	r.Parts, r.AsOf = parts, asOf
	for _, p := range parts {
		r.Stats.Scanned += p.Stats.Rows
	}
	return r, nil
}

// inputs answers all inputs of a join at the same time; the first error ends the others. As fresh as the oldest of them
// is the whole.
func (e *Engine) inputs(ctx context.Context, join *query.Join) (inputs []source.Input, parts []source.Part, asOf time.Time, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]*source.Result, len(join.Inputs))
	var asked sync.WaitGroup
	for i := range join.Inputs {
		asked.Go(func() {
			r, err := e.input(ctx, &join.Inputs[i])
			if err != nil {
				cancel(err)
				return
			}
			results[i] = r
		})
	}
	asked.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, nil, time.Time{}, err
	}
	for i, r := range results {
		in := &join.Inputs[i]
		inputs = append(inputs, source.Input{Name: in.Name, Frame: r.Frame})
		parts = append(parts, source.Part{Source: in.Source, Stats: r.Stats})
		if r.AsOf.Before(asOf) || asOf.IsZero() {
			asOf = r.AsOf
		}
	}
	return inputs, parts, asOf, nil
}

// input answers one input. A cut answer is an error: what is joined from a part of the rows would look like the whole.
func (e *Engine) input(ctx context.Context, in *query.Input) (r *source.Result, err error) {
	defer fault.Recovered("engine", &err)
	src, ok := e.Sources[in.Source]
	if !ok {
		return nil, fault.New(fault.Permanent, "source_unknown", "", fmt.Errorf("engine: no source %q", in.Source))
	}
	begin := time.Now()
	r, err = retry(ctx, func() (*source.Result, error) { return src.Query(ctx, in.Query) })
	if e.Observe != nil {
		e.Observe(in.Source, plan.Input, time.Since(begin), err)
	}
	if err != nil {
		return nil, err
	}
	if r.Truncated {
		return nil, fault.New(fault.Permanent, "source_limit", fmt.Sprintf(
			"%s has more than %d rows, which is the limit of what may be joined; narrow the request", in.Name, in.Query.MaxRows), nil)
	}
	return r, nil
}
