package source

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// stepFactor is how much longer each step is than the one before. A step that would be more than half of the range is all of it. So reading again what the
// earlier ones have read costs a third to a half.
const stepFactor = 4

// Stretches returns where the first n units of a range end, counted from its newest end, or from its oldest.
type Stretches func(r query.Range, newest bool, n int) time.Time

// Lasting are stretches of n times d.
func Lasting(d time.Duration) Stretches {
	d = max(d, 1)
	return func(r query.Range, newest bool, n int) time.Time {
		if newest {
			return r.To.Add(time.Duration(-n) * d)
		}
		return r.From.Add(time.Duration(n) * d)
	}
}

// Whole are stretches of n units of the calendar: what a store reads as a whole is read as a whole. Only a part of the first one may be of the range.
func Whole(u query.Calendar) Stretches {
	return func(r query.Range, newest bool, n int) time.Time {
		if newest {
			return u.Add(u.Start(r.To.Add(-1)), 1-n)
		}
		return u.Add(u.Start(r.From), n)
	}
}

// Stepwise answers a query for its newest (or oldest) rows without reading all of its range: it asks for one unit of it first, then for
// longer stretches, until there are as many rows as are asked for. It is for stores that read by time and sort here; the answer is
// that of the whole range, since whatever a stretch leaves out comes later in the order. It says false where a query is none of these.
func Stepwise(q *query.Query, stretches Stretches, ask func(*query.Query) (*Result, error)) (r *Result, stepped bool, err error) {
	newest, ok := ByTime(q)
	if !ok || stretches == nil {
		return nil, false, nil
	}
	var spent Stats
	for n := 1; ; n *= stepFactor {
		part := *q
		end := stretches(q.Range, newest, n)
		if newest {
			part.Range.From = end
		} else {
			part.Range.To = end
		}
		span, whole := part.Range.To.Sub(part.Range.From), q.Range.To.Sub(q.Range.From)
		last := span >= whole || n > 1 && span > whole/2
		if last {
			part.Range = q.Range
		}
		r, err := ask(&part)
		if err != nil {
			return nil, true, err
		}
		spent.Add(r.Stats)
		if last || r.Truncated || r.Frame.Rows() >= q.Limit {
			r.Stats = spent
			return r, true, nil
		}
	}
}

// Add counts what a further query for the same answer has cost.
func (s *Stats) Add(of Stats) {
	s.Rows = of.Rows
	s.Scanned, s.Bytes, s.Elapsed = s.Scanned+of.Scanned, s.Bytes+of.Bytes, s.Elapsed+of.Elapsed
}

// ByTime says whether q asks for so many rows in the order of its time, and whether the newest come first. Clocks that jump and days are left out: the
// order of their columns is not that of the instants.
func ByTime(q *query.Query) (newest, ok bool) {
	if !q.Rows || q.Total || q.Limit <= 0 || q.Time == nil || len(q.Order) == 0 {
		return false, false
	}
	switch q.Time.Storage {
	case query.StorageDate:
		return false, false
	case "", query.StorageTimestamp:
		if query.Location(q.Time.Zone) != time.UTC {
			return false, false
		}
	}
	for _, c := range q.Select {
		if c.Name == q.Order[0].Name {
			return q.Order[0].Desc, c.Field.Column == q.Time.Column
		}
	}
	return false, false
}
