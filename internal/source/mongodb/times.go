package mongodb

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A date of the server's is an instant; in a column of wall clocks it holds the clock's digits as if they were UTC.

// field returns the expression of a column.
func field(column string) string { return "$" + column }

// kept returns t as a column keeps it.
func kept(t time.Time, storage, zone string) any {
	switch storage {
	case query.StorageTimestampTZ:
		return t.UTC()
	case query.StorageDate:
		return query.Wall(t, zone).Truncate(24 * time.Hour)
	case query.StorageEpochS:
		return t.Unix()
	case query.StorageEpochMS:
		return t.UnixMilli()
	}
	return query.Wall(t, zone)
}

// bound returns t as a comparison with a column needs it. A column keeps milliseconds or seconds: an instant between two of them
// is after the one and before the other, and equals neither.
func bound(op query.Op, t time.Time, storage, zone string) any {
	unit := time.Millisecond
	switch storage {
	case query.StorageDate:
		return kept(t, storage, zone)
	case query.StorageEpochS:
		unit = time.Second
	}
	before := t.Truncate(unit)
	if before.Equal(t) {
		return kept(t, storage, zone)
	}
	switch op {
	case query.Gte, query.Lt:
		return kept(before.Add(unit), storage, zone)
	case query.Gt, query.Lte:
		return kept(before, storage, zone)
	default:
		return t.UTC().Format(time.RFC3339Nano) // a text equals no time and no number
	}
}

// until returns the end of a range as a column keeps it. A day that the range ends in belongs to it; it is counted on the wall
// clock, since some days have 25 hours.
func until(t time.Time, storage, zone string) any {
	if storage != query.StorageDate {
		return bound(query.Lt, t, storage, zone)
	}
	w := query.Wall(t, zone)
	day := w.Truncate(24 * time.Hour)
	if !day.Equal(w) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// instant returns the expression of a time column as a date in UTC; null where there is none.
func instant(column, storage, zone string) any {
	if v, ok := moment(column, storage, zone).(string); ok {
		return d("$ifNull", bson.A{v, nil})
	}
	return moment(column, storage, zone)
}

// moment is the same for arithmetic, which takes a missing field for a null by itself.
func moment(column, storage, zone string) any {
	v := field(column)
	switch storage {
	case query.StorageTimestampTZ:
		return v
	case query.StorageEpochS:
		return d("$toDate", d("$multiply", bson.A{d("$toLong", v), int64(1000)}))
	case query.StorageEpochMS:
		return d("$toDate", d("$toLong", v))
	}
	if query.Location(zone) == time.UTC {
		return v
	}
	// The milliseconds are added to the clock's seconds: DocumentDB reads .001 as a tenth of a second.
	return d("$add", bson.A{d("$dateFromString", bson.D{
		{Key: "dateString", Value: d("$dateToString", bson.D{{Key: "date", Value: v}, {Key: "format", Value: "%Y-%m-%dT%H:%M:%S"}})},
		{Key: "timezone", Value: zone}, {Key: "onNull", Value: nil},
	}), d("$millisecond", v)})
}
