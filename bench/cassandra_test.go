package bench

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

const (
	cassandraKeyspace = "dispatcher_bench"
	cassandraRelation = `source: s
    table: flights
    time: {field: date, storage: timestamptz}
    partition: {keys: [{field: day, bucket: day, layout: 2006-01-02}], clustered: true}`
	// handParallel is how many partitions a person would read at once, and what the product does.
	handParallel = 16
)

// BenchmarkCassandra computes five widgets over the flights of 20 days, each a partition, and the same reads as one would write them by hand
// with the bare driver, as parallel, aggregated in plain Go; both in one run. The ratio is ours to theirs.
func BenchmarkCassandra(b *testing.B) {
	address := testenv.Cassandra(b)
	session := cassandraSession(b, address)
	loadCassandra(b, session)
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(flightsCatalog("{kind: cassandra, keyspace: k, url_env: UNUSED}", cassandraRelation))}}, "c.yaml")
	if err != nil {
		b.Fatal(err)
	}
	local, err := duckdb.Open(b.Context(), duckdb.Config{Connections: 4 * runtime.GOMAXPROCS(0)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = local.Close() })
	src, err := cassandra.Open(b.Context(), cassandra.Config{URL: address, Keyspace: cassandraKeyspace, Local: local})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = src.Close() })
	e := engine.Engine{Sources: map[string]source.Source{"s": src}, Workers: atOnce}
	compareInTurn(b, func(at time.Time) { flightsPage(b, &e, cat, at) }, func(at time.Time) { cassandraByHand(b, session, at) })
}

func cassandraSession(b *testing.B, address string) *gocql.Session {
	b.Helper()
	session, err := client.Cassandra(address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(session.Close)
	return session
}

// loadCassandra puts 200,000 flights into the table, unless they are there.
func loadCassandra(b *testing.B, session *gocql.Session) {
	b.Helper()
	exec := func(statement string) {
		b.Helper()
		if err := session.Query(statement).ExecContext(b.Context()); err != nil {
			b.Fatalf("%s: %v", statement, err)
		}
	}
	exec("CREATE KEYSPACE IF NOT EXISTS " + cassandraKeyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = false")
	exec("CREATE TABLE IF NOT EXISTS " + cassandraKeyspace + ".flights (day text, date timestamp, n int, delay int, origin text, PRIMARY KEY (day, date, n))")
	exec("CREATE TABLE IF NOT EXISTS " + cassandraKeyspace + ".loaded (rows int PRIMARY KEY)")
	var have int
	_ = session.Query("SELECT rows FROM "+cassandraKeyspace+".loaded").ScanContext(b.Context(), &have) // none is 0
	if have == flightsRows {
		return
	}
	insert := "INSERT INTO " + cassandraKeyspace + ".flights (day, date, n, delay, origin) VALUES (?, ?, ?, ?, ?)"
	batches := make(chan *gocql.Batch, 32)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for batch := range batches {
				if err := batch.ExecContext(b.Context()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	batch, n := session.Batch(gocql.UnloggedBatch), 0
	eachFlight(b, func(date time.Time, delay int64, origin string) {
		n++
		if batch.Query(insert, date.Format(time.DateOnly), date, n, int(delay), origin); batch.Size() == 50 {
			batches <- batch
			batch = session.Batch(gocql.UnloggedBatch)
		}
	})
	batches <- batch
	close(batches)
	writers.Wait()
	if !b.Failed() {
		if err := session.Query("INSERT INTO "+cassandraKeyspace+".loaded (rows) VALUES (?)", n).ExecContext(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// flight is one row as a person would read it.
type flight struct {
	date   time.Time
	delay  int
	origin string
}

// sums are what a group adds up.
type sums struct{ N, Sum, Late int }

// cassandraByHand reads and aggregates as a person would for these widgets: each reads its columns of the days' partitions.
func cassandraByHand(b *testing.B, session *gocql.Session, from time.Time) {
	b.Helper()
	table := " FROM " + cassandraKeyspace + ".flights WHERE day = ?"
	widgets := []func() any{
		func() any {
			return handGroups(b, session, from, "SELECT date, delay"+table, func(flight) string { return "" })
		},
		func() any {
			return handGroups(b, session, from, "SELECT date, delay"+table, func(f flight) string { return f.date.Format(time.DateOnly) })
		},
		func() any {
			return handGroups(b, session, from, "SELECT date, delay, origin"+table, func(f flight) string { return f.origin })
		},
		func() any {
			return handGroups(b, session, from, "SELECT date, delay"+table, func(f flight) string { return f.date.Weekday().String() + f.date.Format("15") })
		},
		func() any {
			return handGroups(b, session, from, "SELECT date, delay"+table, func(f flight) string { return string(rune((f.delay + 60) / 10)) })
		},
	}
	work := make(chan func() any, len(widgets))
	for _, w := range widgets {
		work <- w
	}
	close(work)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for w := range work {
				if _, err := json.Marshal(w()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	workers.Wait()
}

func handGroups(b *testing.B, session *gocql.Session, from time.Time, statement string, key func(flight) string) map[string]sums {
	days := make(chan int, flightsDays)
	for i := range flightsDays {
		days <- i
	}
	close(days)
	var mu sync.Mutex
	total := make(map[string]sums)
	var readers sync.WaitGroup
	for range min(handParallel, flightsDays) {
		readers.Go(func() {
			mine := make(map[string]sums)
			for i := range days {
				it := session.Query(statement, from.AddDate(0, 0, i).Format(time.DateOnly)).IterContext(context.WithoutCancel(b.Context()))
				var f flight
				into := []any{&f.date, &f.delay, &f.origin}[:len(it.Columns())]
				for it.Scan(into...) {
					k := key(f)
					s := mine[k]
					s.N, s.Sum = s.N+1, s.Sum+f.delay
					if f.delay >= 15 {
						s.Late++
					}
					mine[k] = s
				}
				if err := it.Close(); err != nil {
					b.Error(err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for k, s := range mine {
				t := total[k]
				total[k] = sums{t.N + s.N, t.Sum + s.Sum, t.Late + s.Late}
			}
		})
	}
	readers.Wait()
	return total
}
