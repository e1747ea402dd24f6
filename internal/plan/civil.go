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

// lastYear returns the same moment of the year before, the first one of its day for a day's first moment. The 29th of February is then the 28th.
func lastYear(t time.Time) time.Time {
	day := t.Day()
	if leapDay(t) {
		day = 28
	}
	if midnight(t).Equal(t) {
		return startOfDay(t.Location(), t.Year()-1, t.Month(), day)
	}
	return time.Date(t.Year()-1, t.Month(), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
}

// lastYearEnd is lastYear of an end, which does not belong to what it ends: what ends before the 29th of February ends a year before with all of the 28th.
func lastYearEnd(t time.Time) time.Time {
	if leapDay(t) && midnight(t).Equal(t) {
		return startOfDay(t.Location(), t.Year()-1, time.March, 1)
	}
	return lastYear(t)
}

func leapDay(t time.Time) bool { return t.Month() == time.February && t.Day() == 29 }
