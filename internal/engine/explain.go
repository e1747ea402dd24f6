package engine

import (
	"context"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Explained is one native query of a step.
type Explained struct {
	Role   plan.Role
	Source string
	// Input is the name of a join's input; empty for the step itself.
	Input  string
	Native source.Native
}

// Explain returns what a step would send to which source, the inputs of a join before the join itself.
func (e *Engine) Explain(ctx context.Context, step plan.Step) ([]Explained, error) {
	src, ok := e.Sources[step.Source]
	if !ok {
		return nil, fmt.Errorf("engine: no source %q", step.Source)
	}
	step, err := united(step)
	if err != nil {
		return nil, err
	}
	join := step.Query.Relation.Join
	if whole(src, step) {
		native, err := src.Explain(ctx, step.Query)
		return []Explained{{Role: step.Role, Source: step.Source, Native: native}}, err
	}
	var out []Explained
	for _, in := range join.Inputs {
		of, ok := e.Sources[in.Source]
		if !ok {
			return nil, fmt.Errorf("engine: no source %q", in.Source)
		}
		native, err := of.Explain(ctx, in.Query)
		if err != nil {
			return nil, err
		}
		out = append(out, Explained{Role: plan.Input, Source: in.Source, Input: in.Name, Native: native})
	}
	joiner, ok := src.(source.Joiner)
	if !ok {
		return nil, fmt.Errorf("engine: source %s does not join rows of other sources", step.Source)
	}
	native, err := joiner.ExplainJoin(step.Query)
	return append(out, Explained{Role: step.Role, Source: step.Source, Native: native}), err
}
