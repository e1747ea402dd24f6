package plan

import (
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// nowWithin is how far from the moment of its request an end may lie that means now.
const nowWithin = 5 * time.Minute

// Roll returns the dates of a request that was first asked at asked and is answered again at now. Where its range ended with the moment or
// the day of asking, it still does, and keeps its length; a fixed end stays. Dates that are left out move by themselves.
func Roll(req *models.Request, asked, now time.Time) (start, end string) {
	zone, err := zoneOf(req)
	if err != nil {
		return req.StartDate, req.EndDate // Build says what is wrong
	}
	to, day, err := parseDate("end_date", req.EndDate, zone)
	if err != nil || to.IsZero() {
		return req.StartDate, req.EndDate
	}
	asked, now = asked.In(zone), now.In(zone)
	days := int(civil(now).Sub(civil(asked)) / (24 * time.Hour))
	tomorrow := addDays(asked, 1)
	switch {
	case day && to.Equal(midnight(asked)), !day && endOfDay(to, zone).Equal(tomorrow):
		return shift(req.StartDate, zone, days, 0), shift(req.EndDate, zone, days, 0)
	case !day && to.Sub(asked).Abs() <= nowWithin:
		return shift(req.StartDate, zone, days, now.Sub(asked)), shift(req.EndDate, zone, days, now.Sub(asked))
	}
	return req.StartDate, req.EndDate
}

// shift moves a plain day by days; a time by elapsed, or where that is 0 by days on the clock of the zone. What is no date stays.
func shift(text string, zone *time.Location, days int, elapsed time.Duration) string {
	t, day, err := parseDate("", text, zone)
	switch {
	case err != nil || strings.TrimSpace(text) == "":
		return text
	case day:
		return addDays(t.In(zone), days).Format(time.DateOnly)
	case elapsed != 0:
		return t.Add(elapsed.Truncate(time.Second)).UTC().Format(time.RFC3339Nano)
	}
	return t.In(zone).AddDate(0, 0, days).Format(time.RFC3339Nano)
}
