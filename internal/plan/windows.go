package plan

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// windows returns the windows of a trend, the oldest first: the last is the one that is scored, as far as it has come by now, and all have its length. A window of
// whole days moves by days, as a comparison does.
func (c calendar) windows(rng query.Range, t catalog.Trend, now time.Time) []query.Range {
	last := rng
	if at := now.Truncate(time.Minute); at.After(last.From) && at.Before(last.To) {
		last.To = at.UTC()
	}
	if from := c.back(last.To, t.Window); from.After(last.From) {
		last.From = from
	}
	out := make([]query.Range, t.History+1)
	for i := t.History; i >= 0; i-- {
		out[i] = last
		last = c.comparison(last, catalog.PriorPeriod)
	}
	return out
}

// back returns the time one window before another; zero where there is no window.
func (c calendar) back(t time.Time, window catalog.Grain) time.Time {
	t = t.In(c.zone)
	switch window {
	case catalog.Hour:
		return t.Add(-time.Hour).UTC()
	case catalog.Day:
		return t.AddDate(0, 0, -1).UTC()
	case catalog.Week:
		return t.AddDate(0, 0, -7).UTC()
	case catalog.Month:
		return t.AddDate(0, -1, 0).UTC()
	case catalog.Auto, catalog.Minute, catalog.Quarter, catalog.Year:
	}
	return time.Time{}
}
