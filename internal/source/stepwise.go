package source

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// stepFactor is how much longer each step is than the one before: reading again what the earlier ones have read costs a third at most.
const stepFactor = 4

// Stepwise answers a query for its newest (or oldest) rows without reading all of its range: it asks for the last stretch of it first, then for
// longer ones, until there are as many rows as are asked for. It is for stores that read by time and sort here; the answer is
// that of the whole range, since whatever a stretch leaves out comes later in the order. It says false where a query is none of these.
func Stepwise(q *query.Query, first time.Duration, ask func(*query.Query) (*Result, error)) (r *Result, stepped bool, err error) {
	whole := q.Range.To.Sub(q.Range.From)
	desc, ok := byTime(q)
	if !ok || first <= 0 || first >= whole {
		return nil, false, nil
	}
	var spent Stats
	for span := first; ; span *= stepFactor {
		part := *q
		last := span >= whole || span <= 0 // it ran over
		switch {
		case last:
		case desc:
			part.Range.From = q.Range.To.Add(-span)
		default:
			part.Range.To = q.Range.From.Add(span)
		}
		r, err := ask(&part)
		if err != nil {
			return nil, true, err
		}
		spent.Scanned, spent.Bytes, spent.Elapsed = spent.Scanned+r.Stats.Scanned, spent.Bytes+r.Stats.Bytes, spent.Elapsed+r.Stats.Elapsed
		if last || r.Truncated || r.Frame.Rows() >= q.Limit {
			spent.Rows = r.Stats.Rows
			r.Stats = spent
			return r, true, nil
		}
	}
}

// StepsByTime says whether Stepwise answers q by stretches of its range.
func StepsByTime(q *query.Query) bool { _, ok := byTime(q); return ok }

// byTime says whether q asks for so many rows in the order of its time, and which end comes first. Clocks that jump and days are left out: the
// order of their columns is not that of the instants.
func byTime(q *query.Query) (desc, ok bool) {
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
