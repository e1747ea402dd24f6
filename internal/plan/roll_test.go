package plan

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// TestRoll: a range that ended now or today still does when its request is answered again; any other stays.
func TestRoll(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 3, 28, 22, 30, 0, 0, time.UTC) // 23:30 in Berlin, in the night before its clocks go forward
	later := asked.Add(90 * time.Minute)                    // the day after, there and in UTC
	for name, c := range map[string]struct {
		zone, start, end   string
		now                time.Time
		wantStart, wantEnd string
	}{
		"absent":                     {"", "", "", later, "", ""},
		"a start alone":              {"", "2026-03-01", "", later, "2026-03-01", ""},
		"fixed days":                 {"", "2026-03-01", "2026-03-10", later, "2026-03-01", "2026-03-10"},
		"an end to come":             {"", "2026-03-01", "2026-12-31", later, "2026-03-01", "2026-12-31"},
		"today":                      {"", "2026-03-22", "2026-03-28", asked.Add(time.Hour), "2026-03-22", "2026-03-28"},
		"today is over":              {"", "2026-03-22", "2026-03-28", later, "2026-03-23", "2026-03-29"},
		"today without a start":      {"", "", "2026-03-28", later, "", "2026-03-29"},
		"today in the zone":          {"Europe/Berlin", "2026-03-28", "2026-03-28", asked.Add(40 * time.Minute), "2026-03-29", "2026-03-29"},
		"the end of today":           {"", "2026-03-28 00:00:00", "2026-03-28 23:59:59", later, "2026-03-29T00:00:00Z", "2026-03-29T23:59:59Z"},
		"midnight to come":           {"", "2026-03-28T00:00:00Z", "2026-03-29T00:00:00Z", later, "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"},
		"a day of 23 hours":          {"Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", later.Add(24 * time.Hour), "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00"},
		"now":                        {"", "2026-03-28T21:30:00Z", "2026-03-28T22:30:10Z", later, "2026-03-28T23:00:00Z", "2026-03-29T00:00:10Z"},
		"now in unix seconds":        {"", "1774733400", "1774737000", asked.Add(30*time.Second + time.Millisecond), "2026-03-28T21:30:30Z", "2026-03-28T22:30:30Z"},
		"since a day until now":      {"", "2026-03-28", "2026-03-28T22:30:00Z", later, "2026-03-29", "2026-03-29T00:00:00Z"},
		"an hour ago is fixed":       {"", "2026-03-28T20:30:00Z", "2026-03-28T21:30:00Z", later, "2026-03-28T20:30:00Z", "2026-03-28T21:30:00Z"},
		"no date is not ours to say": {"", "never", "2026-03-28", later, "never", "2026-03-29"},
		"no zone is not, either":     {"Mars", "2026-03-28", "2026-03-28", later, "2026-03-28", "2026-03-28"},
	} {
		req := &models.Request{TimeZone: c.zone, StartDate: c.start, EndDate: c.end}
		if start, end := Roll(req, asked, c.now); start != c.wantStart || end != c.wantEnd {
			t.Errorf("%s: %s to %s, want %s to %s", name, start, end, c.wantStart, c.wantEnd)
		}
	}
}
