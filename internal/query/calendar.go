package query

import "time"

// Calendar is a unit of the UTC calendar by which stores cut what they hold: partitions, paths of objects.
type Calendar string

// The units that a store may be cut by.
const (
	Hourly  Calendar = "hour"
	Daily   Calendar = "day"
	Monthly Calendar = "month"
	Yearly  Calendar = "year"
)

// Start returns the beginning of the unit that t lies in.
func (u Calendar) Start(t time.Time) time.Time {
	t = t.UTC()
	year, month, day, hour := t.Year(), t.Month(), t.Day(), t.Hour()
	switch u {
	case Yearly:
		month, day, hour = 1, 1, 0
	case Monthly:
		day, hour = 1, 0
	case Daily:
		hour = 0
	case Hourly:
	}
	return time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
}

// Add returns the beginning of a unit, moved by n of them.
func (u Calendar) Add(start time.Time, n int) time.Time {
	switch u {
	case Yearly:
		return start.AddDate(n, 0, 0)
	case Monthly:
		return start.AddDate(0, n, 0)
	case Daily:
		return start.AddDate(0, 0, n)
	case Hourly:
	}
	return start.AddDate(0, 0, n/24).Add(time.Duration(n%24) * time.Hour)
}
