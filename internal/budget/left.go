package budget

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// looks is of how many queries of a page it is found out at the same time what is left of them: that of a shared answer is asked of Redis.
const looks = 8

// left is a query that a source would be asked for a page, or what is left of one.
type left struct {
	asked  *engine.Asked
	source string
	query  *query.Query
	// partly says that of the query that the page asks something is kept.
	partly bool
}

// whole are the queries of a page, as if nothing was kept.
func whole(asked []engine.Asked) (out []left) {
	for i := range asked {
		for _, sent := range asked[i].Sent {
			out = append(out, left{asked: &asked[i], source: sent.Source, query: sent.Query})
		}
	}
	return out
}

// remaining is what is left of the queries of a page at this moment, and whether that is less than the queries.
func remaining(ctx context.Context, with *engine.Engine, asked []engine.Asked) (out []left, less bool) {
	queries := whole(asked)
	parts := make([][]*query.Query, len(queries))
	var looking errgroup.Group
	looking.SetLimit(looks)
	for i, l := range queries {
		looking.Go(func() (err error) {
			parts[i] = []*query.Query{l.query}
			defer fault.Recovered("budget", &err)
			if src, ok := with.Sources[l.source]; ok {
				parts[i] = source.Remainder(ctx, src, l.query)
			}
			return nil
		})
	}
	_ = looking.Wait() // of a source that panicked all is left
	for i, l := range queries {
		less = less || len(parts[i]) == 0
		for _, q := range parts[i] {
			part := l
			part.query, part.partly = q, q.Range != l.query.Range
			out, less = append(out, part), less || part.partly
		}
	}
	return out, less
}
