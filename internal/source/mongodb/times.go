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

// endOfDay returns the midnight at or after t in a zone.
func endOfDay(t time.Time, zone string) time.Time {
	if w := query.Wall(t, zone); w.Equal(w.Truncate(24 * time.Hour)) {
		return t
	}
	return t.Add(24 * time.Hour)
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
	return d("$dateFromString", bson.D{
		{Key: "dateString", Value: d("$dateToString", bson.D{{Key: "date", Value: v}, {Key: "format", Value: "%Y-%m-%dT%H:%M:%S.%L"}})},
		{Key: "timezone", Value: zone}, {Key: "onNull", Value: nil},
	})
}
