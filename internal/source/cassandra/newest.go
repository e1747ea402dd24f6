package cassandra

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Where the newest rows are asked for, buckets are read from the newest one backwards; and of a partition that is sorted by time the newest rows
// alone, at first about as many as are asked for, and more of them where filters leave too few.

const (
	// firstRows is how many rows of a partition are read first at the least, moreRows how many times more are read next.
	firstRows = 64
	moreRows  = 4
)

// stretches returns the unit of time that is read as a whole; nil where a shorter range reads no less.
func stretches(q *query.Query) source.Stretches {
	var out source.Stretches
	if p := q.Relation.Partition; p != nil {
		for _, unit := range []query.Calendar{query.Yearly, query.Monthly, query.Daily, query.Hourly} {
			for _, k := range p.Keys {
				if k.Bucket == string(unit) {
					out = source.Whole(unit)
				}
			}
		}
	}
	return out
}

// sorted says whether the partitions of q are sorted as q asks for its rows, and whether the newest come first.
func sorted(q *query.Query) (newest, ok bool) {
	newest, ok = source.ByTime(q)
	return newest, ok && q.Relation.Partition != nil && q.Relation.Partition.Clustered
}

// newest answers q.
func (s *Source) newest(ctx context.Context, q *query.Query) (*source.Result, error) {
	ask := func(part *query.Query) (*source.Result, error) { return s.whole(ctx, part, nil) }
	if newest, ok := sorted(q); ok {
		f := &first{rows: max(q.Limit+q.Offset, firstRows), newest: newest}
		ask = func(part *query.Query) (*source.Result, error) { return s.first(ctx, part, f) }
	}
	if r, stepped, err := source.Stepwise(q, stretches(q), ask); stepped {
		return r, err
	}
	return ask(q)
}

// first answers q from the first rows of each of its partitions: of as many as it takes.
func (s *Source) first(ctx context.Context, q *query.Query, f *first) (*source.Result, error) {
	var spent source.Stats
	for {
		f.missing = time.Time{}
		r, err := s.whole(ctx, q, f)
		if err != nil {
			return nil, err
		}
		spent.Add(r.Stats)
		if f.complete(q, r) {
			r.Stats = spent
			return r, nil
		}
		f.rows *= moreRows
	}
}

// first is how much of each partition is read.
type first struct {
	rows   int
	newest bool

	mu sync.Mutex
	// missing is the time from which on rows were left out; zero where none were.
	missing time.Time
}

// wanted returns what says of each row that the cells of a partition hold in turn whether it is read: rows of the last one's time are, too.
func (f *first) wanted(cells []*cell, by *query.TimeField) func() bool {
	if f == nil {
		return func() bool { return true }
	}
	at := slices.IndexFunc(cells, func(c *cell) bool { return c.field.Column == by.Column })
	n, last := 0, time.Time{}
	return func() bool {
		t, _ := cells[at].value.(time.Time) // a clustering column has a value
		if n++; n > f.rows && !t.Equal(last) {
			f.leaves(last)
			return false
		}
		last = t
		return true
	}
}

// leaves notes that rows of a partition were left out which come after one of time t.
func (f *first) leaves(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.missing.IsZero() || f.comesAfter(f.missing, t) {
		f.missing = t
	}
}

// comesAfter says whether t comes after u in the order of the rows.
func (f *first) comesAfter(t, u time.Time) bool {
	if f.newest {
		return t.Before(u)
	}
	return t.After(u)
}

// complete says whether an answer has all the rows that q asks for, of which none comes after what was left out.
func (f *first) complete(q *query.Query, r *source.Result) bool {
	if f.missing.IsZero() {
		return true
	}
	n := r.Frame.Rows()
	if n == 0 || n < q.Limit && !r.Truncated {
		return false
	}
	times, err := r.Frame.Column(q.Order[0].Name)
	if err != nil {
		return false
	}
	last, ok := times.Value(n - 1).(time.Time)
	return ok && !f.comesAfter(last, f.missing)
}
