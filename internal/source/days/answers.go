package days

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Answers keeps whole answers to queries all of whose days are over, for who asks the same again.
type Answers struct {
	Options
	of map[string]Origin
}

// NewAnswers keeps answers of sources, by the catalog's names.
func NewAnswers(of map[string]Origin, with Options) *Answers { return &Answers{Options: with, of: of} }

// Get returns the answer that was kept.
func (a *Answers) Get(ctx context.Context, src string, q *query.Query) (*source.Result, bool) {
	if !over(q) {
		return nil, false
	}
	e, ok := a.Store.Get(ctx, a.key(src, q))
	if !ok || !e.holds(q.Keep, a.Now()) {
		return nil, false
	}
	of := a.of[src]
	if version, err := a.version(ctx, &of, q, q.Keep, q.Keep.Days); err != nil || version != e.Version {
		return nil, false
	}
	a.observe(q, len(q.Keep.Days)-1)
	return &source.Result{Version: e.Version, Frame: e.Frame, AsOf: e.At, Stats: source.Stats{Rows: int64(e.Frame.Rows()), Kept: len(q.Keep.Days) - 1}}, true
}

// Put keeps an answer that is whole and exact, and whose rows are still what they were before they were read.
func (a *Answers) Put(ctx context.Context, src string, q *query.Query, r *source.Result) {
	if !over(q) || r.Truncated || r.Approximate || r.Stats.Reused != source.Computed {
		return
	}
	of := a.of[src]
	if version, err := a.version(ctx, &of, q, q.Keep, q.Keep.Days); err == nil && version == r.Version {
		a.Store.Put(ctx, a.key(src, q), Entry{Frame: r.Frame, At: r.AsOf, Dataset: q.Dataset, Version: version})
	}
}

func (a *Answers) key(src string, q *query.Query) Key {
	return Key{Shape: sha256.Sum256(fmt.Appendf(nil, "answer %q %q %x", a.of[src].Scope, a.purged(q.Dataset), q.Key()))}
}

// over says that nothing of a query's range is left to come.
func over(q *query.Query) bool {
	k := q.Keep
	return k != nil && len(k.Days) > 1 && k.Days[0].Equal(q.Range.From) && k.Days[len(k.Days)-1].Equal(q.Range.To)
}
