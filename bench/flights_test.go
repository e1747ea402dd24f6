package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/dataset"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// The page that stores are compared by: so many flights, and a range of so many days.
const (
	flightsRows = 200_000
	flightsDays = 20
	// atOnce is how many queries of a page a server is asked at the same time, by either side.
	atOnce = 4
)

// flightsCatalog is the page over a source "s".
func flightsCatalog(source, relation string) string {
	return `version: 1
sources: {s: ` + source + `}
datasets:
  flights:
    ` + relation + `
    tenant: none
    dimensions:
      origin: {field: origin}
      hour: {field: date, part: hour}
      weekday: {field: date, part: weekday}
      delay: {field: delay, type: int}
    measures:
      flights: {agg: count}
      delay: {agg: avg, field: delay}
      late: {agg: count, where: delay >= 15}
pages:
  FlightsPage:
    widgets:
      total: {kind: stat, dataset: flights, measures: [flights, delay]}
      daily: {kind: timeseries, dataset: flights, measures: [flights, late], grain: day}
      origins: {kind: breakdown, dataset: flights, dimension: origin, measures: [flights, delay], top: 10}
      week: {kind: heatmap, dataset: flights, dimensions: [weekday, hour], measures: [delay]}
      delays: {kind: histogram, dataset: flights, dimension: delay, measures: [flights], bins: {start: -60, width: 10, count: 24}}
`
}

// flightsPath is the flights' file, fetched once.
func flightsPath(b *testing.B) string {
	b.Helper()
	cache := os.Getenv("DISPATCHER_CACHE")
	if cache == "" {
		cache = filepath.Join("..", ".cache")
	}
	path, err := dataset.FetchFlights(b.Context(), cache, func(line string) { b.Log(line) })
	if err != nil {
		b.Fatal(err)
	}
	return path
}

// eachFlight yields the first flights in the order of time.
func eachFlight(b *testing.B, f func(date time.Time, delay int64, origin string)) {
	b.Helper()
	path := flightsPath(b)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(b.Context(), fmt.Sprintf("SELECT date, delay, origin FROM read_parquet('%s') ORDER BY date LIMIT %d", path, flightsRows))
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var date time.Time
		var delay int64
		var origin string
		if err := rows.Scan(&date, &delay, &origin); err != nil {
			b.Fatal(err)
		}
		f(date, delay, origin)
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}

// flightsPage computes the page for the days from a day on, with its JSON.
func flightsPage(b *testing.B, e *engine.Engine, cat *catalog.Catalog, from time.Time) {
	b.Helper()
	req := &models.Request{StartDate: from.Format(time.DateOnly), EndDate: from.AddDate(0, 0, flightsDays-1).Format(time.DateOnly)}
	p, err := plan.Build(req, cat.Pages["FlightsPage"], cat, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	if err := e.Run(b.Context(), p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", w.ID, err)
		}
		_, err = models.Marshal(data)
		return err
	}); err != nil {
		b.Fatal(err)
	}
}

// compareInTurn times both sides for some ranges, one after the other, and reports their medians and the ratio of ours to theirs.
func compareInTurn(b *testing.B, ours, byHand func(from time.Time)) {
	b.Helper()
	first := time.Date(2001, 1, 2, 0, 0, 0, 0, time.UTC)
	ours(first)
	byHand(first) // both sides warm
	var o, t []float64
	for b.Loop() {
		round := time.Now()
		for i := 0; i < 4 || time.Since(round) < 2*time.Second; i++ { // a median of four says little of what takes milliseconds
			at := first.AddDate(0, 0, i%4)
			begin := time.Now()
			ours(at)
			o = append(o, time.Since(begin).Seconds()*1000)
			begin = time.Now()
			byHand(at)
			t = append(t, time.Since(begin).Seconds()*1000)
		}
	}
	b.ReportMetric(run.Median(o), "page-ms")
	b.ReportMetric(run.Median(t), "by-hand-ms")
	b.ReportMetric(run.Median(o)/run.Median(t), "ratio")
}
