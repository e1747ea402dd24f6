package cassandra

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// reconnectedAfter is how long a statement waits for a connection while the driver has none.
const reconnectedAfter = 2 * time.Second

// batchRows is how many rows a reader hands over at a time.
const batchRows = 256

// batch is a few rows of one partition, or its error.
type batch struct {
	rows [][]any
	err  error
}

// counts are what a query has read.
type counts struct{ bytes atomic.Int64 }

// rows reads all partitions of a plan, as many at once as the configuration says, and yields their rows in no order. It returns when every
// reader has ended: at the end of the rows, at the first error, when ctx ends, or when the caller wants no more.
func (s *Source) rows(ctx context.Context, p *plan, read *counts) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		count := p.partitions.count()
		readers := min(s.cfg.Parallel, count)
		if readers == 0 {
			return
		}
		reading, cancel := context.WithCancel(ctx)
		batches := make(chan batch, readers)
		var next atomic.Int64
		var running sync.WaitGroup
		for range readers {
			running.Go(func() {
				for i := int(next.Add(1)) - 1; i < count && s.readPartition(reading, p, i, read, batches); i = int(next.Add(1)) - 1 {
				}
			})
		}
		go func() {
			running.Wait()
			close(batches)
		}()
		defer func() {
			cancel()
			for range batches { //nolint:revive // closed when the last reader has ended
			}
		}()
		s.yield(ctx, p, batches, yield)
	}
}

// yield hands rows on, up to the bound on what one query reads.
func (s *Source) yield(ctx context.Context, p *plan, batches <-chan batch, yield func([]any, error) bool) {
	var n int64
	for b := range batches {
		if b.err != nil {
			yield(nil, ended(ctx, fmt.Errorf("cassandra: query %s: %w", p.query.Dataset, b.err)))
			return
		}
		for _, row := range b.rows {
			if n++; n > s.cfg.MaxScannedRows {
				yield(nil, tooManyRows(s.cfg.MaxScannedRows))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
	if ctx.Err() != nil {
		yield(nil, ended(ctx, ctx.Err()))
	}
}

func tooManyRows(most int64) error {
	return limited(fmt.Sprintf("the query reads more than %d rows", most))
}

// iterate runs a statement. A connection that was cut is made again behind the asker's back, within moments: it waits for that so long.
func iterate(ctx context.Context, statement *gocql.Query) *gocql.Iter {
	again := time.NewTicker(reconnectedAfter / 40)
	defer again.Stop()
	for limit := time.Now().Add(reconnectedAfter); ; {
		it := statement.IterContext(ctx)
		// Rows of a table have columns: there are none where the statement has failed, and only then is there nothing to lose by the end of it.
		if len(it.Columns()) > 0 || !errors.Is(it.Close(), gocql.ErrNoConnections) || time.Now().After(limit) {
			return it
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return it
		}
	}
}

// readPartition reads the i-th partition page by page. It says whether the next may be read.
func (s *Source) readPartition(ctx context.Context, p *plan, i int, read *counts, batches chan<- batch) (more bool) {
	send := func(b batch) bool {
		select {
		case batches <- b:
			return true
		case <-ctx.Done():
			return false
		}
	}
	cells, into := make([]*cell, len(p.columns)), make([]any, len(p.columns))
	for j, c := range p.columns {
		cells[j] = newCell(c)
		into[j] = cells[j]
	}
	defer func() {
		for _, c := range cells {
			read.bytes.Add(c.bytes)
		}
	}()
	defer func() {
		if r := recover(); r != nil { // the driver panics where the protocol lacks what a statement asks for
			send(batch{err: fmt.Errorf("panic: %v", r)})
			more = false
		}
	}()
	statement := s.session.Query(p.text, bind(p.args(i))...)
	if level, err := gocql.ParseConsistencyWrapper(p.consistency); err == nil && p.consistency != "" {
		statement = statement.Consistency(level) // the catalog has seen that it is one
	}
	if p.byName && s.cfg.Keyspace != "" {
		statement = statement.SetKeyspace(s.cfg.Keyspace) // the catalog's own statement names tables as in the keyspace
	}
	if p.first != nil {
		statement = statement.PageSize(min(s.cfg.PageSize, p.first.rows+1)).Prefetch(0) // the one more is the first that is left out
	}
	it := iterate(ctx, statement)
	if p.byName {
		if into = arranged(it.Columns(), cells); into == nil {
			err := it.Close()
			if err == nil {
				err = missing(it.Columns(), cells)
			}
			send(batch{err: err})
			return false
		}
	}
	var rows [][]any
	wanted := p.first.wanted(cells, p.query.Time)
	for it.Scan(into...) && wanted() {
		row := make([]any, len(cells))
		for j, c := range cells {
			row[j] = c.value
		}
		if rows = append(rows, row); len(rows) < batchRows {
			continue
		}
		if !send(batch{rows: rows}) {
			_ = it.Close() // ctx has ended, and is the cause
			return false
		}
		rows = make([][]any, 0, batchRows)
	}
	if err := it.Close(); err != nil {
		send(batch{err: err})
		return false
	}
	return len(rows) == 0 || send(batch{rows: rows})
}
