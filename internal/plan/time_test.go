package plan

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestRanges(t *testing.T) {
	t.Parallel()
	now := time.Date(2002, 10, 15, 12, 0, 0, 0, time.UTC)
	cases := []struct{ name, start, end, zone, from, to, reason string }{
		{"days are included", "2002-09-01", "2002-09-30", "UTC", "2002-09-01T00:00:00Z", "2002-10-01T00:00:00Z", ""},
		{"days of the zone", "2002-09-01", "2002-09-01", "America/New_York", "2002-09-01T04:00:00Z", "2002-09-02T04:00:00Z", ""},
		{"a day of 25 hours", "2002-10-27", "2002-10-27", "Europe/Berlin", "2002-10-26T22:00:00Z", "2002-10-27T23:00:00Z", ""},
		{"the last second ends the day", "2002-09-01 00:00:00", "2002-09-30 23:59:59", "UTC", "2002-09-01T00:00:00Z", "2002-10-01T00:00:00Z", ""},
		{"unix seconds", "1030838400", "1033430400", "UTC", "2002-09-01T00:00:00Z", "2002-10-01T00:00:00Z", ""},
		{"unix milliseconds", "1030838400000", "1033430400000", "UTC", "2002-09-01T00:00:00Z", "2002-10-01T00:00:00Z", ""},
		{"no dates", "", "", "UTC", "2002-09-16T00:00:00Z", "2002-10-16T00:00:00Z", ""},
		{"end before start", "2002-09-30", "2002-09-01", "UTC", "", "", models.ReasonBadRange},
		{"not a date", "yesterday", "", "UTC", "", "", models.ReasonBadDate},
		{"an ambiguous date", "01/02/2002", "", "UTC", "", "", models.ReasonBadDate},
		{"too long", "1900-01-01", "2002-01-01", "UTC", "", "", models.ReasonBadRange},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := rangeOf(&models.Request{StartDate: c.start, EndDate: c.end}, zone(t, c.zone), now)
			if c.reason != "" {
				if fault.ReasonOf(err) != c.reason {
					t.Fatalf("got %v, want %s", err, c.reason)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if f, to := got.From.Format(time.RFC3339), got.To.Format(time.RFC3339); f != c.from || to != c.to {
				t.Errorf("got %s – %s, want %s – %s", f, to, c.from, c.to)
			}
		})
	}
}

func TestEdgesFollowTheCalendar(t *testing.T) {
	t.Parallel()
	day := func(y int, m time.Month, d int, loc *time.Location) time.Time {
		return time.Date(y, m, d, 0, 0, 0, 0, loc)
	}
	cases := []struct {
		name, zone string
		from, to   [3]int
		grain      catalog.Grain
		buckets    int
		widths     map[int]time.Duration
	}{
		{"spring in Berlin", "Europe/Berlin", [3]int{2002, 3, 30}, [3]int{2002, 4, 2}, catalog.Day, 3, map[int]time.Duration{1: 23 * time.Hour}},
		{"autumn in New York", "America/New_York", [3]int{2002, 10, 26}, [3]int{2002, 10, 29}, catalog.Day, 3, map[int]time.Duration{1: 25 * time.Hour}},
		{"half an hour on Lord Howe", "Australia/Lord_Howe", [3]int{2002, 10, 26}, [3]int{2002, 10, 29}, catalog.Day, 3, map[int]time.Duration{1: 23*time.Hour + 30*time.Minute}},
		{"the day that Apia skipped", "Pacific/Apia", [3]int{2011, 12, 29}, [3]int{2012, 1, 1}, catalog.Day, 2, nil},
		{"leap February", "UTC", [3]int{2004, 2, 1}, [3]int{2004, 3, 1}, catalog.Month, 1, map[int]time.Duration{0: 29 * 24 * time.Hour}},
		{"weeks start on Monday", "UTC", [3]int{2002, 9, 1}, [3]int{2002, 9, 30}, catalog.Week, 5, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, c.zone)
			r := query.Range{From: day(c.from[0], time.Month(c.from[1]), c.from[2], loc), To: day(c.to[0], time.Month(c.to[1]), c.to[2], loc)}
			edges, err := calendar{zone: loc, firstMonth: 1}.edges(r, c.grain)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(edges) - 1; n != c.buckets {
				t.Errorf("%d buckets, want %d: %v", n, c.buckets, edges)
			}
			if edges[0].After(r.From) || edges[len(edges)-1].Before(r.To) {
				t.Errorf("edges do not cover the range: %v", edges)
			}
			for i := range len(edges) - 1 {
				if !edges[i].Before(edges[i+1]) {
					t.Errorf("edge %d is not before the next: %v", i, edges)
				}
				if want, ok := c.widths[i]; ok && edges[i+1].Sub(edges[i]) != want {
					t.Errorf("bucket %d is %v wide, want %v", i, edges[i+1].Sub(edges[i]), want)
				}
			}
		})
	}
}

func TestComparisonMovesByCivilDays(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/Berlin")
	r := query.Range{From: time.Date(2002, 4, 1, 0, 0, 0, 0, loc), To: time.Date(2002, 4, 8, 0, 0, 0, 0, loc)}
	got := calendar{zone: loc}.comparison(r, catalog.PriorPeriod)
	if want := time.Date(2002, 3, 25, 0, 0, 0, 0, loc); !got.From.Equal(want) || !got.To.Equal(r.From) {
		t.Errorf("got %v, want from %v", got, want)
	}
}

func TestAutoGrainGivesAReadableNumberOfPoints(t *testing.T) {
	t.Parallel()
	from := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		length time.Duration
		want   catalog.Grain
	}{
		{time.Hour, catalog.Minute}, {48 * time.Hour, catalog.Hour}, {30 * 24 * time.Hour, catalog.Day},
		{365 * 24 * time.Hour, catalog.Week}, {5 * 365 * 24 * time.Hour, catalog.Month},
	} {
		if got := autoGrain(query.Range{From: from, To: from.Add(c.length)}, ""); got != c.want {
			t.Errorf("%v: %s, want %s", c.length, got, c.want)
		}
	}
	if got := autoGrain(query.Range{From: from, To: from.Add(time.Hour)}, catalog.Day); got != catalog.Day {
		t.Errorf("finer than the data: %s", got)
	}
}
