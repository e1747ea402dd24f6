package budget

import (
	"context"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

const (
	// believed is how long an estimate holds, remembered how many there are at most, patience how long a page's estimates may take together.
	believed   = time.Minute
	remembered = 4096
	patience   = 3 * time.Second
)

// cost is what one query of a page would read.
type cost struct {
	left
	// estimate is nil where it is not known.
	estimate *source.Estimate
}

// estimates remembers what stores said of rows, since the queries of a page and of its next readers are over the same.
type estimates struct {
	now func() time.Time

	mu    sync.Mutex
	known map[rows]told
}

// rows are those that a query reads, whatever it makes of them.
type rows struct {
	source string
	key    query.Key
}

type told struct {
	estimate *source.Estimate
	at       time.Time
}

// of estimates the queries of a page, each distinct set of rows once.
func (e *estimates) of(ctx context.Context, with *engine.Engine, cat *catalog.Catalog, queries []left) []cost {
	out := make([]cost, len(queries))
	for i, l := range queries {
		out[i] = cost{left: l, estimate: e.one(ctx, with, cat, l)}
	}
	return out
}

func (e *estimates) one(ctx context.Context, with *engine.Engine, cat *catalog.Catalog, of left) *source.Estimate {
	q := of.query
	if d := cat.Datasets[q.Dataset]; d != nil && d.RowsPerDay > 0 && q.Time != nil {
		days := q.Range.To.Sub(q.Range.From).Hours() / 24
		return &source.Estimate{Rows: int64(days * float64(d.RowsPerDay)), Ranged: true, Basis: "rows a day, as the catalog says"}
	}
	read := rows{of.source, (&query.Query{Relation: q.Relation, Tenant: q.Tenant, Time: q.Time, Range: q.Range, Where: q.Where, Params: q.Params}).Key()}
	e.mu.Lock()
	before, ok := e.known[read]
	e.mu.Unlock()
	if ok && e.now().Sub(before.at) < believed {
		return before.estimate
	}
	src, ok := with.Sources[of.source]
	if !ok {
		return nil
	}
	native, err := src.Explain(ctx, q)
	if err != nil {
		return nil // the query itself will say what is wrong
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil || len(e.known) >= remembered {
		e.known = make(map[rows]told)
	}
	e.known[read] = told{native.Estimate, e.now()}
	return native.Estimate
}
