package main

import (
	"context"
	"sync"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// counting is a source that counts what it is asked.
type counting struct {
	source.Source
	mu    sync.Mutex
	asked []*query.Query
	stats []source.Stats
}

func (c *counting) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	r, err := c.Source.Query(ctx, q)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked, c.stats = append(c.asked, q), append(c.stats, r.Stats)
	}
	return r, err
}

func (c *counting) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked, c.stats = nil, nil
}

// sums are how many queries were asked, how many rows they have read, and bytes. Where the store does not say, the rows of a query are those of its tenant and range, which its index
// gives: they are counted by the store.
func (c *counting) sums(ctx context.Context) (queries, read, bytes float64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, q := range c.asked {
		bytes += float64(c.stats[i].Bytes)
		if n := c.stats[i].Scanned; n > 0 {
			read += float64(n)
			continue
		}
		n, err := c.Explain(ctx, q)
		if err != nil {
			return 0, 0, 0, err
		}
		if n.Estimate != nil {
			read += float64(n.Estimate.Rows)
		}
	}
	return float64(len(c.asked)), read, bytes, nil
}
