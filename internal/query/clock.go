package query

import "time"

// Wall returns t's wall clock in a zone, as if it were UTC: how a column without a zone keeps it.
func Wall(t time.Time, zone string) time.Time { return WallIn(t, Location(zone)) }

// WallIn is Wall for a zone that is at hand.
func WallIn(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// clockReach is how far an instant's wall clock may be from UTC, a day that a zone has skipped included.
const clockReach = 48 * time.Hour

// Instant is the reverse of WallIn. A clock that was read twice, when it was put back, means the later time; one that was never
// read, when it was put forward, means what it would have been without the change. That is how DuckDB and PostgreSQL have it.
func Instant(wall time.Time, loc *time.Location) time.Time {
	if loc == time.UTC {
		return wall
	}
	// Most clocks are far from any change.
	near := wall.In(loc)
	_, offset := near.Zone()
	begin, end := near.ZoneBounds()
	if (begin.IsZero() || wall.Sub(begin) > clockReach) && (end.IsZero() || end.Sub(wall) > clockReach) {
		return moved(wall, offset)
	}
	at := wall.Add(-clockReach).In(loc)
	_, before := at.Zone()
	var found time.Time
	for {
		_, offset := at.Zone()
		begin, end := at.ZoneBounds()
		t := moved(wall, offset)
		if (begin.IsZero() || !t.Before(begin)) && (end.IsZero() || t.Before(end)) {
			found = t // the clock has shown it, perhaps again later
		} else if found.IsZero() && t.Before(begin) {
			return moved(wall, before) // the clock has gone past it
		}
		if end.IsZero() || end.Sub(wall) > clockReach {
			return found
		}
		at, before = end.In(loc), offset
	}
}

func moved(wall time.Time, offset int) time.Time {
	return wall.Add(-time.Duration(offset) * time.Second)
}
