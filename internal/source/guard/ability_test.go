package guard

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// able does everything, badly: each ability panics.
type able struct{ *scripted }

func (able) Describe(context.Context, query.Relation) ([]query.Field, error) { panic("describe") }
func (able) Join(context.Context, *query.Query, []source.Input) (*source.Result, error) {
	panic("join")
}
func (able) ExplainJoin(*query.Query) (source.Native, error) { panic("explain join") }
func (able) Compute(context.Context, *query.Query, []query.Field, iter.Seq2[[]any, error]) (*source.Result, error) {
	panic("compute")
}
func (able) OverFiles(context.Context, *query.Query, []source.FileSet) (*source.Result, error) {
	panic("files")
}
func (able) ExplainFiles(*query.Query, []source.FileSet) (source.Native, error) {
	panic("explain files")
}
func (able) Explain(context.Context, *query.Query) (source.Native, error) { panic("explain") }

// A guarded source can do what the source can, no more and no less, and all of it is guarded.
func TestAbilitiesPassTheGuard(t *testing.T) {
	t.Parallel()
	if has := source.AbilitiesOf(New(&scripted{}, Options{})); has != (source.Abilities{}) {
		t.Errorf("a source without abilities has %+v behind the guard", has)
	}
	s := New(able{&scripted{}}, Options{})
	has := source.AbilitiesOf(s)
	if has.Describer == nil || has.Joiner == nil || has.Local == nil || has.Files == nil {
		t.Fatalf("of all abilities, %+v are left behind the guard", has)
	}
	ctx, q := t.Context(), &query.Query{}
	for name, use := range map[string]func() error{
		"explain":       func() error { _, err := s.Explain(ctx, q); return err },
		"describe":      func() error { _, err := has.Describer.Describe(ctx, query.Relation{}); return err },
		"join":          func() error { _, err := has.Joiner.Join(ctx, q, nil); return err },
		"explain join":  func() error { _, err := has.Joiner.ExplainJoin(q); return err },
		"compute":       func() error { _, err := has.Local.Compute(ctx, q, nil, nil); return err },
		"files":         func() error { _, err := has.Files.OverFiles(ctx, q, nil); return err },
		"explain files": func() error { _, err := has.Files.ExplainFiles(q, nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ends(t, use(), fault.Permanent, "internal_error")
		})
	}
}

// The breaker is one for all that is asked of a server.
func TestTheBreakerIsSharedByAbilities(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := guardedBy(Options{}, down)
		s := New(able{g.script}, Options{})
		for range breakerFailures {
			_, err := s.Query(t.Context(), &query.Query{})
			ends(t, err, fault.Transient, "source_unavailable")
		}
		if _, err := source.AbilitiesOf(s).Describer.Describe(t.Context(), query.Relation{}); !errors.Is(err, source.ErrOpen) {
			t.Errorf("describe was asked all the same: %v", err)
		}
	})
}
