package main

import "time"

// widgets of the page, by the catalog's names.
var widgets = [...]string{
	"total_flights", "on_time", "average_delay", "delay_p90", "flights_by_day", "delay_by_day",
	"top_origins", "late_destinations", "delay_by_hour", "delay_histogram", "distance_histogram", "late_routes",
}

// numbers is how many of them are numbers with that of the period before.
const numbers = 4

// days is the length of the ranges that are asked.
const days = 31

// span is a range that the page is asked for, half open.
type span struct{ from, to time.Time }

func spanOf(from time.Time) span { return span{from, from.AddDate(0, 0, days)} }

// before is the range that a span is compared with.
func (s span) before() span { return span{s.from.Add(-s.to.Sub(s.from)), s.from} }

// later is the range some days on: all but so many days of both are the same.
func (s span) later(n int) span { return span{s.from.AddDate(0, 0, n), s.to.AddDate(0, 0, n)} }

// warm is a range that no other has a day in common with: whoever imports the flights does so when it is first asked.
func warm() span {
	return span{time.Date(2001, 6, 26, 0, 0, 0, 0, time.UTC), time.Date(2001, 6, 30, 0, 0, 0, 0, time.UTC)}
}

// perRound is how many ranges of a round have no day in common, those they are compared with included: there are 181 days of flights.
const perRound = 2

// newSpans are the ranges of a round: in no earlier round, and as no shifted range of one, was any of them asked.
func newSpans(round int) (list [perRound]span) {
	const shifts = 2
	for i := range list {
		list[i] = spanOf(time.Date(2001, 2, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, (shifts+1)*round+i*(2*days+shifts)))
	}
	return list
}

// mostRounds is how many rounds there are days for.
const mostRounds = 8
