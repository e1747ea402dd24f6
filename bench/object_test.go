package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

const objectRelation = `source: s
    files: [flights.parquet]
    time: {field: date, storage: timestamp}`

// objectColumns are 12 columns: those of the flights, and more that no widget of the page needs.
const objectColumns = `date, delay, distance, origin, destination, CAST(hash(date, origin) AS VARCHAR) AS tail, hash(origin, delay) % 100000 AS crew,
	delay * 1.1 AS taxi, distance / 8.0 AS fuel, origin || '-' || destination AS route, hash(delay, date) AS receipt, date + INTERVAL 1 HOUR AS landed`

// BenchmarkObject computes five widgets over a Parquet object of 1 million rows and 12 columns in MinIO, its cache warm, and the same queries as one
// would write them by hand over the file on the local disk; both in one run. bytes-share is what the two columns of a first widget
// cost of the object's bytes.
func BenchmarkObject(b *testing.B) {
	dir := b.TempDir()
	file := filepath.Join(dir, "flights.parquet")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(runtime.GOMAXPROCS(0))
	if _, err := db.ExecContext(b.Context(), fmt.Sprintf("COPY (SELECT %s FROM read_parquet('%s') ORDER BY date LIMIT 1000000) TO '%s' (FORMAT parquet, COMPRESSION zstd)",
		objectColumns, flightsPath(b), file)); err != nil {
		b.Fatal(err)
	}
	if _, err := db.ExecContext(b.Context(), "SET threads = 1"); err != nil {
		b.Fatal(err)
	}
	bucket := putObject(b, file)
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(flightsCatalog("{kind: s3, bucket: "+bucket+", url_env: UNUSED}", objectRelation))}}, "c.yaml")
	if err != nil {
		b.Fatal(err)
	}
	cache := filepath.Join(dir, "cache")
	local, err := duckdb.Open(b.Context(), duckdb.Config{DataRoot: cache, Connections: runtime.GOMAXPROCS(0)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = local.Close() })
	src, err := object.Open(b.Context(), object.Config{URL: testenv.MinIO(b), Bucket: bucket, CacheDir: cache, Engine: local})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = src.Close() })
	e := engine.Engine{Sources: map[string]source.Source{"s": src}, Workers: runtime.GOMAXPROCS(0)}
	share := firstBytes(b, &e, cat, file)
	compareInTurn(b, func(at time.Time) { flightsPage(b, &e, cat, at) }, func(at time.Time) { objectByHand(b, db, file, at) })
	b.ReportMetric(share, "bytes-share")
}

func putObject(b *testing.B, file string) (bucket string) {
	b.Helper()
	bucket = fmt.Sprintf("bench-%d", time.Now().UnixNano())
	s3 := client.Bucket(b, testenv.MinIO(b), bucket)
	if _, err := s3.FPutObject(b.Context(), bucket, "flights.parquet", file, minio.PutObjectOptions{}); err != nil {
		b.Fatal(err)
	}
	return bucket
}

// firstBytes computes one widget over all rows with a cold cache, and returns what it read of the object.
func firstBytes(b *testing.B, e *engine.Engine, cat *catalog.Catalog, file string) float64 {
	b.Helper()
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	req := &models.Request{StartDate: "2001-01-01", EndDate: "2001-12-31", SelectedWidgets: []string{"total"}}
	p, err := plan.Build(req, cat.Pages["FlightsPage"], cat, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	var read int64
	if err := e.Run(b.Context(), p, func(string) bool { return false }, func(_ context.Context, _ *plan.Widget, data *format.Data, err error) error {
		if err == nil {
			read = data.Stats.Sources[0].Bytes
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return float64(read) / float64(info.Size())
}

// objectByHand runs the queries that a person would write for these widgets over the file.
func objectByHand(b *testing.B, db *sql.DB, file string, from time.Time) {
	b.Helper()
	table := " FROM read_parquet('" + file + "') WHERE date >= CAST(? AS TIMESTAMP) AND date < CAST(? AS TIMESTAMP) "
	work := make(chan string, 8)
	for _, text := range []string{
		"SELECT count(*), avg(delay)" + table,
		"SELECT date_trunc('day', date), count(*), count(*) FILTER (WHERE delay >= 15)" + table + "GROUP BY 1 ORDER BY 1",
		"SELECT origin, count(*), avg(delay)" + table + "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
		"SELECT isodow(date), hour(date), avg(delay)" + table + "GROUP BY 1, 2 ORDER BY 1, 2",
		"SELECT CASE WHEN delay < -60 THEN -1 WHEN delay >= 180 THEN 24 ELSE (delay + 60) // 10 END, count(*)" + table + "GROUP BY 1 ORDER BY 1",
	} {
		work <- text
	}
	close(work)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for text := range work {
				if err := readAll(b, db, text, from, from.AddDate(0, 0, flightsDays)); err != nil {
					b.Errorf("%s: %v", strings.Fields(text)[1], err)
				}
			}
		})
	}
	workers.Wait()
}

// readAll reads a query's rows and makes JSON of them.
func readAll(b *testing.B, db *sql.DB, text string, args ...any) (err error) {
	rows, err := db.QueryContext(b.Context(), text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	var all [][]any
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		all = append(all, row)
	}
	if _, err := json.Marshal(all); err != nil {
		return err
	}
	return rows.Err()
}
