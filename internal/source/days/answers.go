package days

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Answers keeps whole answers to queries all of whose days are over, for who asks the same again.
type Answers struct {
	store  Store
	scopes map[string]string
	now    func() time.Time
}

// NewAnswers keeps answers in a store; scopes are the texts that tell sources apart, by the catalog's names.
func NewAnswers(store Store, scopes map[string]string, now func() time.Time) *Answers {
	return &Answers{store: store, scopes: scopes, now: now}
}

// Get returns the answer that was kept.
func (a *Answers) Get(ctx context.Context, src string, q *query.Query) (*source.Result, bool) {
	if !over(q) {
		return nil, false
	}
	e, ok := a.store.Get(ctx, a.key(src, q))
	if !ok || !e.holds(q.Keep, a.now()) {
		return nil, false
	}
	return &source.Result{Frame: e.Frame, AsOf: e.At, Stats: source.Stats{Rows: int64(e.Frame.Rows()), Kept: len(q.Keep.Days) - 1}}, true
}

// Put keeps an answer that is whole and exact.
func (a *Answers) Put(ctx context.Context, src string, q *query.Query, r *source.Result) {
	if over(q) && !r.Truncated && !r.Approximate {
		a.store.Put(ctx, a.key(src, q), Entry{Frame: r.Frame, At: r.AsOf, Dataset: q.Dataset})
	}
}

func (a *Answers) key(src string, q *query.Query) Key {
	return Key{Shape: sha256.Sum256(fmt.Appendf(nil, "answer %q %x", a.scopes[src], q.Key()))}
}

// over says that nothing of a query's range is left to come.
func over(q *query.Query) bool {
	k := q.Keep
	return k != nil && len(k.Days) > 1 && k.Days[0].Equal(q.Range.From) && k.Days[len(k.Days)-1].Equal(q.Range.To)
}
