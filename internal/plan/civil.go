package plan

import "time"

// startOfDay returns the first moment of a civil day in a zone: midnight, or what follows a midnight that the clock
// skips. A day that the zone skips altogether starts with the next one.
func startOfDay(zone *time.Location, year int, month time.Month, day int) time.Time {
	want := time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	begin, end := t.ZoneBounds()
	switch {
	case civil(t).Before(civil(want)) && !end.IsZero():
		return end.In(zone) // midnight does not exist, and what stands for it is before the gap
	case !begin.IsZero() && civil(begin.In(zone)).Equal(civil(t)) && begin.Before(t) && t.Hour() > 0:
		return begin.In(zone)
	}
	return t
}

// civil returns a time's civil day, without zone.
func civil(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// midnight returns the first moment of t's day.
func midnight(t time.Time) time.Time {
	return startOfDay(t.Location(), t.Year(), t.Month(), t.Day())
}

// addDays returns the first moment of the day that is n days after t's.
func addDays(t time.Time, n int) time.Time {
	return startOfDay(t.Location(), t.Year(), t.Month(), t.Day()+n)
}

// lastYear returns the same day of the year before; the day before it for the 29th of February.
func lastYear(t time.Time) time.Time {
	if t.Month() == time.February && t.Day() == 29 {
		t = t.AddDate(0, 0, -1)
	}
	return t.AddDate(-1, 0, 0)
}
