package guard

import (
	"context"
	"iter"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// abilities returns those of the inner source, guarded.
func (s *Source) abilities(inner source.Abilities) source.Abilities {
	var out source.Abilities
	if inner.Describer != nil {
		out.Describer = describer{s, inner.Describer}
	}
	if inner.Joiner != nil {
		out.Joiner = joiner{s, inner.Joiner}
	}
	if inner.Local != nil {
		out.Local = local{inner.Local}
	}
	if inner.Files != nil {
		out.Files = files{s, inner.Files}
	}
	if inner.Linker != nil {
		out.Linker = linker{inner.Linker}
	}
	return out
}

type describer struct {
	guard *Source
	inner source.Describer
}

// Describe asks the source for a relation's columns.
func (d describer) Describe(ctx context.Context, r query.Relation) ([]query.Field, error) {
	return call(ctx, d.guard, d.guard.opts.Timeout, func(ctx context.Context) ([]query.Field, error) { return d.inner.Describe(ctx, r) })
}

type joiner struct {
	guard *Source
	inner source.Joiner
}

// Join has the source compute a join.
func (j joiner) Join(ctx context.Context, q *query.Query, inputs []source.Input) (*source.Result, error) {
	return j.guard.answer(ctx, q, func(ctx context.Context) (*source.Result, error) { return j.inner.Join(ctx, q, inputs) })
}

// ExplainJoin asks what Join would run.
func (j joiner) ExplainJoin(q *query.Query) (n source.Native, err error) {
	defer fault.Recovered("guard", &err)
	return j.inner.ExplainJoin(q)
}

type local struct{ inner source.Local }

// Compute is a part of a call of the source that the rows come from, whose guard counts it: it takes no place of its own, and
// stays with its caller, whose rows it reads.
func (l local) Compute(ctx context.Context, q *query.Query, fields []query.Field, rows iter.Seq2[[]any, error]) (r *source.Result, err error) {
	defer fault.Recovered("guard", &err)
	return l.inner.Compute(ctx, q, fields, rows)
}

type files struct {
	guard *Source
	inner source.Files
}

// OverFiles has the source read files.
func (f files) OverFiles(ctx context.Context, q *query.Query, sets []source.FileSet) (*source.Result, error) {
	return f.guard.answer(ctx, q, func(ctx context.Context) (*source.Result, error) { return f.inner.OverFiles(ctx, q, sets) })
}

// ExplainFiles asks what OverFiles would run.
func (f files) ExplainFiles(q *query.Query, sets []source.FileSet) (n source.Native, err error) {
	defer fault.Recovered("guard", &err)
	return f.inner.ExplainFiles(q, sets)
}

// linker signs here, and asks no server but for its region: it takes no place.
type linker struct{ inner source.Linker }

// Link has the source sign a URL.
func (l linker) Link(ctx context.Context, key string, valid time.Duration) (url string, err error) {
	defer fault.Recovered("guard", &err)
	return l.inner.Link(ctx, key, valid)
}
