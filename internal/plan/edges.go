package plan

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// maxBuckets bounds a series.
const maxBuckets = 5000

// calendar is what a bucket's edges depend on.
type calendar struct {
	zone *time.Location
	// firstDay: 0 Monday … 6 Sunday; firstMonth: 1 January … 12 December.
	firstDay, firstMonth int
}

func calendarOf(d *catalog.Dataset, zone *time.Location) calendar {
	return calendar{zone: zone, firstDay: d.FirstDayOfWeek, firstMonth: max(1, d.FirstMonthOfYear)}
}

// floor returns the start of the bucket that t falls into: by the calendar for days and longer, by the clock below.
func (c calendar) floor(t time.Time, g catalog.Grain) time.Time {
	t = t.In(c.zone)
	switch g {
	case catalog.Minute:
		return t.Add(-time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
	case catalog.Hour:
		// Hours start with the zone's own: not every zone is whole hours away from UTC, nor is every change of a clock.
		hour := t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
		if changed, _ := t.ZoneBounds(); hour.Before(changed) {
			return changed.In(c.zone)
		}
		return hour
	case catalog.Week:
		back := (int(t.Weekday()) + 6 - c.firstDay) % 7
		return addDays(t, -back)
	case catalog.Month:
		return startOfDay(c.zone, t.Year(), t.Month(), 1)
	case catalog.Quarter:
		return startOfDay(c.zone, t.Year(), t.Month()-time.Month((int(t.Month())-c.firstMonth+12)%3), 1)
	case catalog.Year:
		return startOfDay(c.zone, t.Year(), t.Month()-time.Month((int(t.Month())-c.firstMonth+12)%12), 1)
	case catalog.Day, catalog.Auto:
		return midnight(t)
	}
	return midnight(t)
}

// next returns the start of the bucket after the one that starts at t.
func (c calendar) next(t time.Time, g catalog.Grain) time.Time {
	t = t.In(c.zone)
	switch g {
	case catalog.Minute:
		return t.Add(time.Minute)
	case catalog.Hour:
		n := t.Add(time.Hour - time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second)
		if _, changes := t.ZoneBounds(); !changes.IsZero() && changes.Before(n) {
			return changes.In(c.zone) // half an hour on Lord Howe: the hours after it start with the new clock
		}
		return n
	case catalog.Week:
		return c.day(t, 0, 7)
	case catalog.Month:
		return c.day(t, 1, 0)
	case catalog.Quarter:
		return c.day(t, 3, 0)
	case catalog.Year:
		return c.day(t, 12, 0)
	case catalog.Day, catalog.Auto:
		return c.day(t, 0, 1)
	}
	return c.day(t, 0, 1)
}

// day adds months and days by the calendar.
func (c calendar) day(t time.Time, months, days int) time.Time {
	n := startOfDay(c.zone, t.Year(), t.Month()+time.Month(months), t.Day()+days)
	if !n.After(t) { // a day that the zone skipped altogether
		n = startOfDay(c.zone, t.Year(), t.Month()+time.Month(months), t.Day()+days+1)
	}
	return n
}

// edges returns the bucket edges that cover a range: n+1 for n buckets. The first bucket may start before the range and the
// last may end after it; rows are limited by the range itself.
func (c calendar) edges(r query.Range, g catalog.Grain) ([]time.Time, error) {
	at := c.floor(r.From, g)
	out := []time.Time{at.UTC()}
	for at.Before(r.To) {
		at = c.next(at, g)
		out = append(out, at.UTC())
		if len(out) > maxBuckets+1 {
			return nil, reject(models.ReasonBadRange, "the range has more than %d buckets of one %s; ask for a longer grain or a shorter range", maxBuckets, g)
		}
	}
	return out, nil
}

// shifted returns the comparison's edges: those of the range, each moved as the range is moved. So bucket i is compared
// with what lies where it would have been, and together they cover the comparison whole.
func (c calendar) shifted(edges []time.Time, r, other query.Range, kind catalog.Compare, g catalog.Grain) []time.Time {
	out := make([]time.Time, len(edges))
	days := civilDays(other.From.In(c.zone), r.From.In(c.zone))
	for i, e := range edges {
		switch {
		case g == catalog.Hour || g == catalog.Minute:
			out[i] = e.Add(other.From.Sub(r.From))
		case kind == catalog.PriorYear && i == 0:
			out[i] = midnight(lastYear(e.In(c.zone))).UTC()
		case kind == catalog.PriorYear: // the end of a bucket: a leap day's is empty, unless the range begins with it
			out[i] = midnight(lastYearEnd(e.In(c.zone))).UTC()
		default:
			out[i] = addDays(e.In(c.zone), -days).UTC()
		}
	}
	if last := len(out) - 1; out[last].Before(other.To) {
		out[last] = other.To // hours that a change of the clock shifted
	}
	return out
}

// autoGrain picks the finest grain that gives at most about 120 points, and none finer than the data has.
func autoGrain(r query.Range, smallest catalog.Grain) catalog.Grain {
	const most = 125
	length := r.To.Sub(r.From)
	allowed := smallest == ""
	for _, g := range []struct {
		grain catalog.Grain
		width time.Duration
	}{
		{catalog.Minute, time.Minute}, {catalog.Hour, time.Hour}, {catalog.Day, 24 * time.Hour},
		{catalog.Week, 7 * 24 * time.Hour}, {catalog.Month, 30 * 24 * time.Hour}, {catalog.Quarter, 91 * 24 * time.Hour},
	} {
		allowed = allowed || g.grain == smallest
		if allowed && length <= most*g.width {
			return g.grain
		}
	}
	return catalog.Year
}

// offsets returns the zone's offsets from UTC over a range.
func offsets(r query.Range, zone *time.Location) []query.Offset {
	var out []query.Offset
	at := r.From.In(zone)
	for {
		_, seconds := at.Zone()
		_, end := at.ZoneBounds()
		if end.IsZero() || !end.Before(r.To) {
			return append(out, query.Offset{Seconds: seconds})
		}
		out = append(out, query.Offset{Until: end.UTC(), Seconds: seconds})
		at = end
	}
}

// comparison returns the range that r is compared with. A range of whole days moves by its number of days, by the
// calendar, so that a change of the clock does not shift it by an hour; another one moves by its length.
func (c calendar) comparison(r query.Range, kind catalog.Compare) query.Range {
	from, to := r.From.In(c.zone), r.To.In(c.zone)
	switch kind {
	case catalog.PriorYear:
		return query.Range{From: lastYear(from).UTC(), To: lastYearEnd(to).UTC()}
	case catalog.PriorPeriod:
		if midnight(from).Equal(from) && midnight(to).Equal(to) {
			return query.Range{From: addDays(from, -civilDays(from, to)).UTC(), To: r.From}
		}
		return query.Range{From: r.From.Add(-r.To.Sub(r.From)), To: r.From}
	case catalog.NoCompare, catalog.Given:
	}
	return query.Range{}
}

func civilDays(from, to time.Time) int {
	return int(civil(to).Sub(civil(from)) / (24 * time.Hour))
}
