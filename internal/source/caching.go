package source

import (
	"context"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Caching is a source that has answers, or parts of them, without asking its store for them.
type Caching interface {
	// Remainder returns what the store would be asked at this moment to answer q: q, queries of the same rows over parts of its range, or nothing. It asks the store for none of them; where it
	// does not know, q is.
	Remainder(ctx context.Context, q *query.Query) []*query.Query
}

// Remainder is that of a source, which is q where it is not Caching.
func Remainder(ctx context.Context, of Source, q *query.Query) []*query.Query {
	if c, ok := of.(Caching); ok {
		return c.Remainder(ctx, q)
	}
	return []*query.Query{q}
}

// below is a source in one that has exactly some abilities; whether it is Caching is its own affair.
type below struct{ Source }

// Remainder is that of the source.
func (b below) Remainder(ctx context.Context, q *query.Query) []*query.Query {
	return Remainder(ctx, b.Source, q)
}
