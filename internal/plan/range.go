package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Without dates a request means the last so many days, today included.
const defaultDays = 30

// longestRange bounds a request's range.
const longestYears = 20

func reject(reason, format string, args ...any) error {
	return fault.New(fault.Reject, reason, fmt.Sprintf(format, args...), nil)
}

// zoneOf returns the request's time zone; UTC where it names none.
func zoneOf(req *models.Request) (*time.Location, error) {
	name := strings.TrimSpace(req.TimeZone)
	if name == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, reject(models.ReasonBadValue, "timezone %s is not an IANA time zone such as Europe/Berlin", strconv.Quote(name))
	}
	return loc, nil
}

// rangeOf resolves the request's range. Ranges are half-open. A plain day is read in the request's zone, and as an
// end it is included. An end at 23:59:59 is what producers send for the end of a day: the range then ends
// at midnight. Without dates the range is the last 30 days; with one of them, the other
// is 30 days away or the end of today.
func rangeOf(req *models.Request, zone *time.Location, now time.Time) (query.Range, error) {
	from, _, err := parseDate("start_date", req.StartDate, zone)
	if err != nil {
		return query.Range{}, err
	}
	to, day, err := parseDate("end_date", req.EndDate, zone)
	if err != nil {
		return query.Range{}, err
	}
	if day {
		to = addDays(to, 1)
	} else if !to.IsZero() {
		to = endOfDay(to, zone)
	}
	tomorrow := addDays(now.In(zone), 1)
	switch {
	case from.IsZero() && to.IsZero():
		from, to = addDays(tomorrow, -defaultDays), tomorrow
	case to.IsZero():
		to = tomorrow
	case from.IsZero():
		from = to.In(zone).AddDate(0, 0, -defaultDays)
	}
	switch {
	case !from.Before(to):
		return query.Range{}, reject(models.ReasonBadRange, "end_date %s is not after start_date %s", show(to), show(from))
	case to.After(from.AddDate(longestYears, 0, 0)):
		return query.Range{}, reject(models.ReasonBadRange, "the range is longer than %d years", longestYears)
	}
	return query.Range{From: from.UTC(), To: to.UTC()}, nil
}

func show(t time.Time) string { return t.Format(time.RFC3339) }

// endOfDay moves a time in the last second of a day to midnight.
func endOfDay(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	if local.Hour() == 23 && local.Minute() == 59 && local.Second() == 59 {
		return addDays(local, 1)
	}
	return t
}

// parseDate reads one date. A time without a zone is in the request's; day says that it was a plain day.
func parseDate(key, text string, zone *time.Location) (t time.Time, day bool, err error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, false, nil
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && !looksLikeDay(text) {
		t, err := unix(key, text, n)
		return t, false, err
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return startOfDay(zone, t.Year(), t.Month(), t.Day()), true, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.Truncate(time.Microsecond), false, nil // as fine as times are here
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t.Truncate(time.Microsecond), false, nil
		}
	}
	return time.Time{}, false, reject(models.ReasonBadDate,
		"%s %s is neither a day (2002-09-30), nor a time (2002-09-30T12:00:00Z), nor unix seconds", key, strconv.Quote(clip(text)))
}

// looksLikeDay tells 20020901, which is not among the forms, from unix seconds.
func looksLikeDay(text string) bool {
	_, err := time.Parse("20060102", text)
	return err == nil
}

// unix reads unix seconds, or milliseconds where seconds would lie in a far future.
func unix(key, text string, n float64) (time.Time, error) {
	const milliseconds, most = 1e11, 1e14
	switch {
	case n != n, n < 0, n >= most:
		return time.Time{}, reject(models.ReasonBadDate, "%s %s is no time in unix seconds", key, strconv.Quote(clip(text)))
	case n >= milliseconds:
		return time.UnixMilli(int64(n)), nil
	default:
		return time.UnixMicro(int64(n * 1e6)), nil
	}
}

func clip(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return s
}
