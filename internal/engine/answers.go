package engine

import (
	"context"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Answers keeps answers to steps for who asks the same again. Get and Put look at what the query says may be kept.
type Answers interface {
	Get(ctx context.Context, source string, q *query.Query) (*source.Result, bool)
	Put(ctx context.Context, source string, q *query.Query, r *source.Result)
}

// known takes the answers that are kept, and returns the steps that are left.
func (e *Engine) known(ctx context.Context, g *gathering) []task {
	left := make([]task, 0, len(g.widget.Steps))
	for i, step := range g.widget.Steps {
		if e.Answers != nil && step.Query.Keep != nil {
			if r, ok := e.Answers.Get(ctx, step.Source, step.Query); ok {
				r.Stats.Reused = source.Fresh
				g.results[i] = r
				continue
			}
		}
		left = append(left, task{gathering: g, step: i})
	}
	return left
}

// learn keeps the answer to a step.
func (t task) learn(ctx context.Context, e *Engine, r *source.Result) {
	if step := t.widget.Steps[t.step]; e.Answers != nil && step.Query.Keep != nil {
		e.Answers.Put(ctx, step.Source, step.Query, r)
	}
}
