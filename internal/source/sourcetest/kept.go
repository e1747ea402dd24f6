package sourcetest

import (
	"math"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// value returns a column's value as an answer has it: a time as an instant, what is not a number as none.
func value(r Row, f query.Field, storage, zone string) any {
	switch v := r[f.Column].(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case int64:
		switch {
		case f.Type == query.Float:
			return float64(v)
		case f.Type != query.Time:
			return v
		case storage == query.StorageEpochMS:
			return time.UnixMilli(v).UTC()
		}
		return time.Unix(v, 0).UTC()
	case time.Time:
		if storage == query.StorageTimestampTZ {
			return v.UTC()
		}
		return query.Instant(v.UTC(), query.Location(zone)).UTC()
	case []string, []any, string, bool:
		return v
	}
	return nil
}

// within says whether a row's time lies in the range. Wall clocks are compared as they read, and a day belongs to a range that
// touches it.
func within(q *query.Query, r Row) bool {
	t, from, to := r[q.Time.Column], q.Range.From, q.Range.To
	switch q.Time.Storage {
	case query.StorageEpochS, query.StorageEpochMS:
		at, ok := value(r, query.Field{Column: q.Time.Column, Type: query.Time}, q.Time.Storage, "").(time.Time)
		return ok && !at.Before(from) && at.Before(to)
	case query.StorageDate:
		from, to = query.Wall(from, q.Time.Zone), query.Wall(to, q.Time.Zone)
		day, ok := t.(time.Time)
		return ok && !day.Before(midnight(from)) && day.Before(to)
	case query.StorageTimestampTZ:
	default:
		from, to = query.Wall(from, q.Time.Zone), query.Wall(to, q.Time.Zone)
	}
	at, ok := t.(time.Time)
	return ok && !at.Before(from) && at.Before(to)
}

func midnight(wall time.Time) time.Time { return wall.Truncate(24 * time.Hour) }

// operand returns a row's value and the comparison's values in terms that compare: of a wall clock what it reads, of a day the day.
func operand(c query.Compare, r Row) (v any, values []any) {
	wall := c.Storage == "" || c.Storage == query.StorageTimestamp || c.Storage == query.StorageDate
	if c.Field.Type != query.Time || !wall {
		return value(r, c.Field, c.Storage, c.Zone), c.Values
	}
	for _, x := range c.Values {
		if t, ok := x.(time.Time); ok {
			if t = query.Wall(t, c.Zone); c.Storage == query.StorageDate {
				t = midnight(t)
			}
			x = t
		}
		values = append(values, x)
	}
	return r[c.Field.Column], values
}

// elements are the values of a list; a null is none.
func elements(v any) (out []string) {
	switch list := v.(type) {
	case []string:
		return list
	case []any:
		for _, x := range list {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}
