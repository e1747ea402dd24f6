package cassandra

import (
	"fmt"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A timestamp of Cassandra is an instant; with a zone other than UTC its clock is taken for that zone's, as on every store.

// stored returns the range as the time column has it, in UTC. Days that a range over dates touches are whole.
func stored(t *query.TimeField, r query.Range) query.Range {
	switch loc := query.Location(t.Zone); t.Storage {
	case query.StorageDate:
		return query.Range{From: query.Daily.Start(query.WallIn(r.From, loc)), To: roundUp(query.WallIn(r.To, loc), 24*time.Hour)}
	case "", query.StorageTimestamp:
		return query.Range{From: query.WallIn(r.From, loc), To: query.WallIn(r.To, loc)}
	}
	return query.Range{From: r.From.UTC(), To: r.To.UTC()}
}

// roundUp returns the first multiple of d, counted from 1970, at or after t.
func roundUp(t time.Time, d time.Duration) time.Time {
	seconds, nanos := t.Unix(), int64(t.Nanosecond())
	if d >= time.Second {
		whole := int64(d / time.Second)
		over := ((seconds % whole) + whole) % whole
		if over == 0 && nanos == 0 {
			return t
		}
		return time.Unix(seconds-over+whole, 0).UTC()
	}
	if over := nanos % int64(d); over > 0 {
		nanos += int64(d) - over
	}
	return time.Unix(seconds, nanos).UTC()
}

// bound returns an edge of a stored range as a value of the time column: the first one at or after it.
func bound(t time.Time, storage string) any {
	switch storage {
	case query.StorageEpochS:
		return roundUp(t, time.Second).Unix()
	case query.StorageEpochMS:
		return roundUp(t, time.Millisecond).UnixMilli()
	}
	return roundUp(t, time.Millisecond)
}

// buckets returns the values of a bucket column for a stored range, most at the most.
func buckets(k query.PartitionKey, r query.Range, most int) ([]any, error) {
	layout := k.Layout
	if layout == "" {
		layout = map[string]string{"year": "2006", "month": "2006-01", "day": "2006-01-02", "hour": "2006-01-02T15"}[k.Bucket]
		if k.Type == query.Int {
			layout = map[string]string{"year": "2006", "month": "200601", "day": "20060102", "hour": "2006010215"}[k.Bucket]
		}
	}
	if layout == "" {
		return nil, schemaError(fmt.Sprintf("partition key %s: unknown bucket %q", k.Column, k.Bucket))
	}
	var out []any
	unit := query.Calendar(k.Bucket)
	for t := unit.Start(r.From); r.From.Before(r.To) && t.Before(r.To) && len(out) < most; t = unit.Add(t, 1) {
		switch k.Type {
		case query.Time:
			out = append(out, t)
		case query.String:
			out = append(out, t.Format(layout))
		case query.Int:
			n, err := strconv.ParseInt(t.Format(layout), 10, 64)
			if err != nil {
				return nil, schemaError(fmt.Sprintf("partition key %s: layout %q writes no number", k.Column, layout))
			}
			out = append(out, n)
		case query.Float, query.Bool:
			return nil, schemaError(fmt.Sprintf("partition key %s: a %s holds no bucket of time", k.Column, k.Type))
		}
	}
	return out, nil
}
