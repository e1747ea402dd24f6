package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/mongodb"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const mongoRelation = `source: s
    table: flights
    time: {field: date, storage: timestamptz}`

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
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(flightsCatalog("{kind: mongodb, database: dispatcher_bench, url_env: UNUSED}", mongoRelation))}}, "c.yaml")
	if err != nil {
		b.Fatal(err)
	}
	src, err := mongodb.Open(b.Context(), mongodb.Config{URL: testenv.MongoDB(b), Database: "dispatcher_bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = src.Close() })
	e := engine.Engine{Sources: map[string]source.Source{"s": src}, Workers: atOnce}
	compareInTurn(b, func(at time.Time) { flightsPage(b, &e, cat, at) }, func(at time.Time) { mongoByHand(b, flights, at) })
}

// loadFlights puts 200,000 flights into the collection, unless they are there.
func loadFlights(b *testing.B, to *mongo.Collection) {
	b.Helper()
	if have, err := to.EstimatedDocumentCount(b.Context()); err == nil && have == flightsRows {
		return
	}
	if err := to.Drop(b.Context()); err != nil {
		b.Fatal(err)
	}
	var batch []any
	flush := func() {
		if len(batch) > 0 {
			if _, err := to.InsertMany(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	eachFlight(b, func(date time.Time, delay int64, origin string) {
		if batch = append(batch, bson.D{{Key: "date", Value: date}, {Key: "delay", Value: delay}, {Key: "origin", Value: origin}}); len(batch) == 5000 {
			flush()
		}
	})
	flush()
	if _, err := to.Indexes().CreateOne(b.Context(), mongo.IndexModel{Keys: bson.D{{Key: "date", Value: 1}}}); err != nil {
		b.Fatal(err)
	}
}

// mongoPipelines are what a person would write for these widgets: the match that all begin with, and what follows it.
func mongoPipelines(from time.Time) (match bson.D, widgets []bson.A) {
	type d = bson.D
	match = d{{Key: "$match", Value: d{{Key: "date", Value: d{{Key: "$gte", Value: from}, {Key: "$lt", Value: from.AddDate(0, 0, flightsDays)}}}}}}
	group := func(id any, more ...bson.E) d {
		return d{{Key: "$group", Value: append(d{{Key: "_id", Value: id}, {Key: "n", Value: d{{Key: "$sum", Value: 1}}}}, more...)}}
	}
	avg := bson.E{Key: "avg", Value: d{{Key: "$avg", Value: "$delay"}}}
	late := bson.E{Key: "late", Value: d{{Key: "$sum", Value: d{{Key: "$cond", Value: bson.A{d{{Key: "$gte", Value: bson.A{"$delay", 15}}}, 1, 0}}}}}}
	sorted := d{{Key: "$sort", Value: d{{Key: "_id", Value: 1}}}}
	day := d{{Key: "$dateTrunc", Value: d{{Key: "date", Value: "$date"}, {Key: "unit", Value: "day"}}}}
	week := d{{Key: "w", Value: d{{Key: "$isoDayOfWeek", Value: "$date"}}}, {Key: "h", Value: d{{Key: "$hour", Value: "$date"}}}}
	var bounds bson.A
	for i := range 25 {
		bounds = append(bounds, -60+10*i)
	}
	bins := d{{Key: "$bucket", Value: d{{Key: "groupBy", Value: "$delay"}, {Key: "boundaries", Value: bounds}, {Key: "default", Value: "outside"}}}}
	return match, []bson.A{
		{group(nil, avg)},
		{group(day, late), sorted},
		{group("$origin", avg), d{{Key: "$sort", Value: d{{Key: "n", Value: -1}, {Key: "_id", Value: 1}}}}, d{{Key: "$limit", Value: 10}}},
		{group(week, avg), sorted},
		{bins},
	}
}

// mongoByHand runs the pipelines at the same time.
func mongoByHand(b *testing.B, flights *mongo.Collection, from time.Time) {
	b.Helper()
	match, widgets := mongoPipelines(from)
	work := make(chan bson.A, len(widgets))
	for _, w := range widgets {
		work <- append(bson.A{match}, w...)
	}
	close(work)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for p := range work {
				mongoRun(b, flights, p)
			}
		})
	}
	workers.Wait()
}

func mongoRun(b *testing.B, flights *mongo.Collection, pipeline bson.A) {
	cursor, err := flights.Aggregate(b.Context(), pipeline)
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

// BenchmarkMongoDBFacet computes the widgets by hand in two ways: as one pipeline that matches once and fans out by $facet, and as pipelines at
// the same time. The ratio is that of the one pipeline to the others: it decides how the product asks.
func BenchmarkMongoDBFacet(b *testing.B) {
	client, err := mongo.Connect(options.Client().ApplyURI(testenv.MongoDB(b)))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(b.Context())) })
	flights := client.Database("dispatcher_bench").Collection("flights")
	loadFlights(b, flights)
	facet := func(from time.Time) {
		match, widgets := mongoPipelines(from)
		of := bson.D{}
		for i, w := range widgets {
			of = append(of, bson.E{Key: fmt.Sprintf("w%d", i), Value: w})
		}
		mongoRun(b, flights, bson.A{match, bson.D{{Key: "$facet", Value: of}}})
	}
	compareInTurn(b, facet, func(at time.Time) { mongoByHand(b, flights, at) })
}
