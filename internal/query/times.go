package query

import "time"

// The storages of a time column: how a store keeps it.
const (
	// StorageTimestamp is a wall clock in the column's zone.
	StorageTimestamp = "timestamp"
	// StorageTimestampTZ is an instant.
	StorageTimestampTZ = "timestamptz"
	// StorageDate is a day of the column's zone.
	StorageDate = "date"
	// StorageEpochS and StorageEpochMS are numbers since 1970, in UTC.
	StorageEpochS  = "epoch_s"
	StorageEpochMS = "epoch_ms"
)

// Location returns a zone that the catalog has checked; empty is UTC.
func Location(zone string) *time.Location {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Run is a stretch of neighboring buckets of one width.
type Run struct {
	Start time.Time
	Width time.Duration
	First int64 // index of the first bucket
	Count int64 // of buckets
}

// Beside says whether rows of a range may lie beside all buckets, in none: those of a column of days that begin in another zone, and of
// wall clocks that were put back.
func Beside(storage, zone string) bool {
	switch storage {
	case StorageTimestampTZ, StorageEpochS, StorageEpochMS:
		return false
	}
	return storage == StorageDate || Location(zone) != time.UTC
}

// Cover says that each time of a range is in one of the buckets, which follow each other.
func (b *Buckets) Cover(r Range) bool {
	last := len(b.Edges) - 1
	return last > 0 && !b.Edges[0].After(r.From) && !b.Edges[last].Before(r.To)
}

// Runs joins neighboring buckets of equal width: one run for days without a change of the clock, a few for those
// with one, one a month for months.
func (b *Buckets) Runs() []Run {
	var out []Run
	gap := false
	for i := 0; i+1 < len(b.Edges); i++ {
		width := b.Edges[i+1].Sub(b.Edges[i])
		if width <= 0 {
			gap = true // no row can fall into it: a day that the year compared with does not have
			continue
		}
		if n := len(out); n > 0 && out[n-1].Width == width && !gap {
			out[n-1].Count++
			continue
		}
		gap = false
		out = append(out, Run{Start: b.Edges[i].UTC(), Width: width, First: int64(i), Count: 1})
	}
	return out
}
