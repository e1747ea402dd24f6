package plan

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

func TestSkippedMidnights(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone       string
		day        [3]int
		start, end string
	}{
		{"America/Sao_Paulo", [3]int{2018, 11, 4}, "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		{"Africa/Cairo", [3]int{2023, 4, 28}, "2023-04-28T01:00:00+03:00", "2023-04-29T00:00:00+03:00"},
		{"Europe/Berlin", [3]int{2002, 3, 31}, "2002-03-31T00:00:00+01:00", "2002-04-01T00:00:00+02:00"},
	} {
		day := time.Date(c.day[0], time.Month(c.day[1]), c.day[2], 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		r, err := rangeOf(&models.Request{StartDate: day, EndDate: day}, zone(t, c.zone), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		start, end := r.From.In(zone(t, c.zone)).Format(time.RFC3339), r.To.In(zone(t, c.zone)).Format(time.RFC3339)
		if start != c.start || end != c.end {
			t.Errorf("%s %s: %s – %s, want %s – %s", c.zone, day, start, end, c.start, c.end)
		}
	}
}

func TestComparisonEdgesCoverTheComparison(t *testing.T) {
	t.Parallel()
	for _, zoneName := range []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"} {
		c := calendar{zone: zone(t, zoneName), firstMonth: 1}
		for start := range 60 {
			for _, length := range []int{1, 7, 12, 31, 90} {
				from := startOfDay(c.zone, 2004, 1, 1+13*start)
				r := query.Range{From: from, To: addDays(from, length)}
				for _, kind := range []catalog.Compare{catalog.PriorPeriod, catalog.PriorYear} {
					other := c.comparison(r, kind)
					if !other.From.Before(other.To) {
						t.Fatalf("%s %s %v: empty comparison %v", zoneName, kind, r, other)
					}
					for _, g := range []catalog.Grain{catalog.Hour, catalog.Day, catalog.Week, catalog.Month} {
						edges, err := c.edges(r, g)
						if err != nil {
							t.Fatal(err)
						}
						got := c.shifted(edges, r, other, kind, g)
						if len(got) != len(edges) || got[0].After(other.From) || got[len(got)-1].Before(other.To) {
							t.Fatalf("%s %s %s %v: edges %v – %v do not cover %v", zoneName, kind, g, r, got[0], got[len(got)-1], other)
						}
					}
				}
			}
		}
	}
}
