package plan

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// BenchmarkBuild plans a page of 12 widgets with comparisons and a filter.
func BenchmarkBuild(b *testing.B) {
	cat, err := catalog.LoadPath("../../catalogs/flights")
	if err != nil {
		b.Fatal(err)
	}
	req := &models.Request{StartDate: "2001-02-01", EndDate: "2001-03-03", TimeZone: "America/New_York", Filters: []byte(`{"origin":["ATL","JFK"]}`)}
	page, now := cat.Pages["FlightsPage"], time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		p, err := Build(req, page, cat, now)
		if err != nil {
			b.Fatal(err)
		}
		if len(p.Widgets) != 12 {
			b.Fatalf("%d widgets", len(p.Widgets))
		}
	}
}
