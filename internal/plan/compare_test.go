package plan

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// TestARequestChoosesItsComparison: for widgets that compare, and no others.
func TestARequestChoosesItsComparison(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ with, zone, from, to, kind string }{
		{"", "UTC", "2002-08-02T00:00:00Z", "2002-09-01T00:00:00Z", "prior_period"},
		{models.ComparePeriod, "UTC", "2002-08-02T00:00:00Z", "2002-09-01T00:00:00Z", "prior_period"},
		{models.CompareYear, "UTC", "2001-09-01T00:00:00Z", "2001-10-01T00:00:00Z", "prior_year"},
		{models.CompareYear, "America/New_York", "2001-09-01T04:00:00Z", "2001-10-01T04:00:00Z", "prior_year"},
		{models.CompareNone, "UTC", "", "", ""},
	} {
		p, err := ask(t, "Open", "", func(r *models.Request) { r.CompareWith, r.TimeZone = c.with, c.zone })
		if err != nil {
			t.Fatal(err)
		}
		w := p.Widgets[0]
		if string(w.Compare) != c.kind || rangeText(w.Comparison) != c.from+" "+c.to && c.kind != "" || (len(w.Steps) == 1) != (c.kind == "") || (c.kind == "") != w.Comparison.From.IsZero() {
			t.Errorf("%q in %s: %s %s with %d steps", c.with, c.zone, w.Compare, rangeText(w.Comparison), len(w.Steps))
		}
		if c.kind != "" && w.Steps[1].Query.Range != w.Comparison {
			t.Errorf("%q: the step asks %v", c.with, w.Steps[1].Query.Range)
		}
		if w := p.Widgets[1]; len(w.Steps) != 1 || w.Compare != catalog.NoCompare {
			t.Errorf("%q has a widget compare that does not: %s", c.with, w.Compare)
		}
	}
	p, err := ask(t, "Open", `{"mine":{"kind":"stat","measures":["volume"],"compare":"prior_period"}}`, func(r *models.Request) { r.CompareWith = models.CompareYear })
	if err != nil || p.Widgets[0].Compare != catalog.PriorPeriod {
		t.Errorf("a widget of the request's own: %+v, %v", p, err)
	}
}

func rangeText(r query.Range) string {
	return r.From.Format(time.RFC3339) + " " + r.To.Format(time.RFC3339)
}

// TestTheYearBeforeByTheCalendar: leap days, and clocks that were changed at another time, or at midnight.
func TestTheYearBeforeByTheCalendar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, start, end string // days, the end included
		from, to               string // in the zone
		days                   []string
	}{
		{"to the day before the leap day", "UTC", "2004-02-27", "2004-02-28", "2003-02-27T00:00:00Z", "2003-03-01T00:00:00Z", []string{"24h", "24h"}},
		{"over the leap day", "UTC", "2004-02-28", "2004-03-01", "2003-02-28T00:00:00Z", "2003-03-02T00:00:00Z", []string{"24h", "0s", "24h"}},
		{"from the leap day on", "UTC", "2004-02-29", "2004-03-01", "2003-02-28T00:00:00Z", "2003-03-02T00:00:00Z", []string{"24h", "24h"}},
		{"the leap day alone", "UTC", "2004-02-29", "2004-02-29", "2003-02-28T00:00:00Z", "2003-03-01T00:00:00Z", []string{"24h"}},
		{"after a leap year", "UTC", "2005-02-28", "2005-03-01", "2004-02-28T00:00:00Z", "2004-03-02T00:00:00Z", []string{"48h", "24h"}},
		{"a day of 25 hours, which had 24", "Europe/Berlin", "2002-10-27", "2002-10-28", "2001-10-27T00:00:00+02:00", "2001-10-29T00:00:00+01:00", []string{"24h", "25h"}},
		{"midnight was skipped then", "America/Sao_Paulo", "2018-10-14", "2018-10-15", "2017-10-14T00:00:00-03:00", "2017-10-16T00:00:00-02:00", []string{"24h", "23h"}},
		{"midnight is skipped now", "America/Sao_Paulo", "2018-11-04", "2018-11-04", "2017-11-04T00:00:00-02:00", "2017-11-05T00:00:00-02:00", []string{"24h"}},
		{"it began at one in the morning then", "America/Sao_Paulo", "2018-10-15", "2018-10-15", "2017-10-15T01:00:00-02:00", "2017-10-16T00:00:00-02:00", []string{"23h"}},
	} {
		loc := zone(t, c.zone)
		cal := calendar{zone: loc, firstMonth: 1}
		r, err := rangeOf(&models.Request{StartDate: c.start, EndDate: c.end}, loc, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		other := cal.comparison(r, catalog.PriorYear)
		if from, to := other.From.In(loc).Format(time.RFC3339), other.To.In(loc).Format(time.RFC3339); from != c.from || to != c.to {
			t.Errorf("%s: %s – %s, want %s – %s", c.name, from, to, c.from, c.to)
		}
		edges, err := cal.edges(r, catalog.Day)
		if err != nil {
			t.Fatal(err)
		}
		got := cal.shifted(edges, r, other, catalog.PriorYear, catalog.Day)
		if len(got) != len(c.days)+1 || !got[0].Equal(other.From) || !got[len(got)-1].Equal(other.To) {
			t.Errorf("%s: edges %v", c.name, got)
			continue
		}
		for i, text := range c.days {
			if want, _ := time.ParseDuration(text); got[i+1].Sub(got[i]) != want {
				t.Errorf("%s: day %d has %v, want %v", c.name, i, got[i+1].Sub(got[i]), want)
			}
		}
	}
	// Moments that begin no day keep their time.
	loc := zone(t, "America/New_York")
	r := query.Range{From: time.Date(2004, 2, 29, 15, 30, 0, 0, loc), To: time.Date(2004, 3, 1, 9, 0, 0, 0, loc)}
	if got := (calendar{zone: loc}).comparison(r, catalog.PriorYear); !got.From.Equal(time.Date(2003, 2, 28, 15, 30, 0, 0, loc)) || !got.To.Equal(time.Date(2003, 3, 1, 9, 0, 0, 0, loc)) {
		t.Errorf("hours: %v", got)
	}
}
