package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/dataset"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/mongodb"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const mongoCatalog = `version: 1
sources: {m: {kind: mongodb, database: dispatcher_bench, url_env: UNUSED}}
datasets:
  flights:
    source: m
    table: flights
    time: {field: date, storage: timestamptz}
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
  MongoPage:
    widgets:
      total: {kind: stat, dataset: flights, measures: [flights, delay]}
      daily: {kind: timeseries, dataset: flights, measures: [flights, late], grain: day}
      origins: {kind: breakdown, dataset: flights, dimension: origin, measures: [flights, delay], top: 10}
      week: {kind: heatmap, dataset: flights, dimensions: [weekday, hour], measures: [delay]}
      delays: {kind: histogram, dataset: flights, dimension: delay, measures: [flights], bins: {start: -60, width: 10, count: 24}}
`

// BenchmarkMongoDB computes five widgets over 200,000 documents, and the same pipelines as one would write them by hand, run through the
// bare driver on as many connections, both in one run. The ratio is ours to theirs.
func BenchmarkMongoDB(b *testing.B) {
	client, err := mongo.Connect(options.Client().ApplyURI(testenv.MongoDB(b)))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(b.Context())) })
	flights := client.Database("dispatcher_bench").Collection("flights")
	loadFlights(b, flights)
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(mongoCatalog)}}, "c.yaml")
	if err != nil {
		b.Fatal(err)
	}
	src, err := mongodb.Open(b.Context(), mongodb.Config{URL: testenv.MongoDB(b), Database: "dispatcher_bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = src.Close() })
	e := engine.Engine{Sources: map[string]source.Source{"m": src}, Workers: runtime.GOMAXPROCS(0)}
	from := time.Date(2001, 1, 5, 0, 0, 0, 0, time.UTC)
	var o, t []float64
	for b.Loop() {
		for i := range 4 {
			at := from.AddDate(0, 0, i)
			begin := time.Now()
			mongoPage(b, &e, cat, at)
			o = append(o, time.Since(begin).Seconds()*1000)
			begin = time.Now()
			mongoByHand(b, flights, at)
			t = append(t, time.Since(begin).Seconds()*1000)
		}
	}
	b.ReportMetric(median(o), "page-ms")
	b.ReportMetric(median(t), "by-hand-ms")
	b.ReportMetric(median(o)/median(t), "ratio")
}

// loadFlights puts 200,000 flights into the collection, unless they are there.
func loadFlights(b *testing.B, to *mongo.Collection) {
	b.Helper()
	const n = 200_000
	if have, err := to.EstimatedDocumentCount(b.Context()); err == nil && have == n {
		return
	}
	if err := to.Drop(b.Context()); err != nil {
		b.Fatal(err)
	}
	cache := os.Getenv("DISPATCHER_CACHE")
	if cache == "" {
		cache = filepath.Join("..", ".cache")
	}
	path, err := dataset.FetchFlights(b.Context(), cache, func(line string) { b.Log(line) })
	if err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(b.Context(), fmt.Sprintf("SELECT date, delay, origin FROM read_parquet('%s') ORDER BY date LIMIT %d", path, n))
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var batch []any
	flush := func() {
		if len(batch) > 0 {
			if _, err := to.InsertMany(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	for rows.Next() {
		var date time.Time
		var delay int64
		var origin string
		if err := rows.Scan(&date, &delay, &origin); err != nil {
			b.Fatal(err)
		}
		if batch = append(batch, bson.D{{Key: "date", Value: date}, {Key: "delay", Value: delay}, {Key: "origin", Value: origin}}); len(batch) == 5000 {
			flush()
		}
	}
	flush()
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	if _, err := to.Indexes().CreateOne(b.Context(), mongo.IndexModel{Keys: bson.D{{Key: "date", Value: 1}}}); err != nil {
		b.Fatal(err)
	}
}

const mongoDays = 20

func mongoPage(b *testing.B, e *engine.Engine, cat *catalog.Catalog, from time.Time) {
	b.Helper()
	req := &models.Request{StartDate: from.Format(time.DateOnly), EndDate: from.AddDate(0, 0, mongoDays-1).Format(time.DateOnly)}
	p, err := plan.Build(req, cat.Pages["MongoPage"], cat, time.Now())
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

// mongoByHand runs the pipelines that a person would write for these widgets.
func mongoByHand(b *testing.B, flights *mongo.Collection, from time.Time) {
	b.Helper()
	type d = bson.D
	match := d{{Key: "$match", Value: d{{Key: "date", Value: d{{Key: "$gte", Value: from}, {Key: "$lt", Value: from.AddDate(0, 0, mongoDays)}}}}}}
	group := func(id any, more ...bson.E) d {
		return d{{Key: "$group", Value: append(d{{Key: "_id", Value: id}, {Key: "n", Value: d{{Key: "$sum", Value: 1}}}}, more...)}}
	}
	avg := bson.E{Key: "avg", Value: d{{Key: "$avg", Value: "$delay"}}}
	late := bson.E{Key: "late", Value: d{{Key: "$sum", Value: d{{Key: "$cond", Value: bson.A{d{{Key: "$gte", Value: bson.A{"$delay", 15}}}, 1, 0}}}}}}
	sorted := d{{Key: "$sort", Value: d{{Key: "_id", Value: 1}}}}
	day := d{{Key: "$dateTrunc", Value: d{{Key: "date", Value: "$date"}, {Key: "unit", Value: "day"}}}}
	week := d{{Key: "w", Value: d{{Key: "$isoDayOfWeek", Value: "$date"}}}, {Key: "h", Value: d{{Key: "$hour", Value: "$date"}}}}
	bin := d{{Key: "$floor", Value: d{{Key: "$divide", Value: bson.A{d{{Key: "$add", Value: bson.A{"$delay", 60}}}, 10}}}}}
	work := make(chan bson.A, 8)
	for _, p := range []bson.A{
		{match, group(nil, avg)},
		{match, group(day, late), sorted},
		{match, group("$origin", avg), d{{Key: "$sort", Value: d{{Key: "n", Value: -1}, {Key: "_id", Value: 1}}}}, d{{Key: "$limit", Value: 10}}},
		{match, group(week, avg), sorted},
		{match, group(bin), sorted},
	} {
		work <- p
	}
	close(work)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for p := range work {
				cursor, err := flights.Aggregate(b.Context(), p)
				if err != nil {
					b.Error(err)
					return
				}
				var all []bson.M
				if err := cursor.All(b.Context(), &all); err != nil {
					b.Error(err)
				}
				if _, err := json.Marshal(all); err != nil {
					b.Error(err)
				}
			}
		})
	}
	workers.Wait()
}
