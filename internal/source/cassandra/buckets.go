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
		return query.Range{From: truncate(query.WallIn(r.From, loc), "day"), To: roundUp(query.WallIn(r.To, loc), 24*time.Hour)}
	case "", query.StorageTimestamp:
		return query.Range{From: query.WallIn(r.From, loc), To: query.WallIn(r.To, loc)}
	}
	return query.Range{From: r.From.UTC(), To: r.To.UTC()}
}

// steps is into how many stretches of equal length a range is cut at the most, to look for its newest rows.
const steps = 64

// firstStep is how much of a range is read first where its newest rows are asked for: a bucket, or a small part of the range; 0 where a shorter
// range reads no less.
func firstStep(q *query.Query) time.Duration {
	p := q.Relation.Partition
	if p == nil || q.Time == nil {
		return 0
	}
	part := q.Range.To.Sub(q.Range.From) / steps
	for _, k := range p.Keys {
		switch k.Bucket {
		case "hour":
			return max(part, time.Hour)
		case "day":
			return max(part, 24*time.Hour)
		case "month":
			return max(part, 31*24*time.Hour)
		case "year":
			return max(part, 366*24*time.Hour)
		}
	}
	if p.Clustered {
		return max(part, time.Hour)
	}
	return 0
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

func truncate(t time.Time, bucket string) time.Time {
	year, month, day, hour := t.Year(), t.Month(), t.Day(), t.Hour()
	switch bucket {
	case "year":
		month, day, hour = 1, 1, 0
	case "month":
		day, hour = 1, 0
	case "day":
		hour = 0
	}
	return time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
}

func after(t time.Time, bucket string) time.Time {
	switch bucket {
	case "year":
		return t.AddDate(1, 0, 0)
	case "month":
		return t.AddDate(0, 1, 0)
	case "day":
		return t.AddDate(0, 0, 1)
	}
	return t.Add(time.Hour)
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
	for t := truncate(r.From, k.Bucket); r.From.Before(r.To) && t.Before(r.To) && len(out) < most; t = after(t, k.Bucket) {
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
