package mongodb

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The storages of a time column, as query.TimeField names them. A date of the server's is an instant; in a column of wall clocks
// it holds the clock's digits as if they were UTC.
const (
	storageTimestampTZ = "timestamptz"
	storageDate        = "date"
	storageEpochS      = "epoch_s"
	storageEpochMS     = "epoch_ms"
)

// field returns the expression of a column.
func field(column string) string { return "$" + column }

// location returns a zone that the catalog has checked.
func location(zone string) *time.Location {
	if zone == "" {
		return time.UTC
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// wall returns t's wall clock in a zone, as if it were UTC.
func wall(t time.Time, zone string) time.Time {
	t = t.In(location(zone))
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// kept returns t as a column keeps it.
func kept(t time.Time, storage, zone string) any {
	switch storage {
	case storageTimestampTZ:
		return t.UTC()
	case storageDate:
		return wall(t, zone).Truncate(24 * time.Hour)
	case storageEpochS:
		return t.Unix()
	case storageEpochMS:
		return t.UnixMilli()
	}
	return wall(t, zone)
}

// endOfDay returns the midnight at or after t in a zone.
func endOfDay(t time.Time, zone string) time.Time {
	if w := wall(t, zone); w.Equal(w.Truncate(24 * time.Hour)) {
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
	case storageTimestampTZ:
		return v
	case storageEpochS:
		return d("$toDate", d("$multiply", bson.A{d("$toLong", v), int64(1000)}))
	case storageEpochMS:
		return d("$toDate", d("$toLong", v))
	}
	if location(zone) == time.UTC || zone == "UTC" {
		return v
	}
	return d("$dateFromString", bson.D{
		{Key: "dateString", Value: d("$dateToString", bson.D{{Key: "date", Value: v}, {Key: "format", Value: "%Y-%m-%dT%H:%M:%S.%L"}})},
		{Key: "timezone", Value: zone}, {Key: "onNull", Value: nil},
	})
}
