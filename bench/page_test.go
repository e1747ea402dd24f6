package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/bench/run"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/dataset"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/buffer"
	"github.com/go-dispatcher/dispatcher/internal/sink/care"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/sink/stream"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// BenchmarkPage has the flights page, 12 widgets over 3 million rows with their comparisons, computed through the streams: from
// the request on the input stream to the last widget read from the output stream; and the same queries written by hand,
// run through the bare driver on as many connections, their rows read. Ranges of 31 days, in turn, both in one run. The
// ratio is ours to theirs.
func BenchmarkPage(b *testing.B) {
	cache := os.Getenv("DISPATCHER_CACHE")
	if cache == "" {
		cache = filepath.Join("..", ".cache")
	}
	path, err := dataset.FetchFlights(b.Context(), cache, func(line string) { b.Log(line) })
	if err != nil {
		b.Fatal(err)
	}
	root, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		b.Fatal(err)
	}
	ours := newPage(b, root)
	theirs := newByHand(b, filepath.Join(root, filepath.Base(path)))
	const days = 100 // ranges start on different days
	start := time.Date(2001, 2, 2, 0, 0, 0, 0, time.UTC)
	ours.run(b, start) // the import, once
	var o, t, first, oCPU, tCPU []float64
	for b.Loop() {
		for i := range 8 {
			from := start.AddDate(0, 0, i*7%days)
			begin, used := time.Now(), cpu(b)
			first = append(first, ours.run(b, from).Seconds()*1000)
			o, oCPU = append(o, time.Since(begin).Seconds()*1000), append(oCPU, (cpu(b)-used).Seconds()*1000)
			begin, used = time.Now(), cpu(b)
			theirs.run(b, from)
			t, tCPU = append(t, time.Since(begin).Seconds()*1000), append(tCPU, (cpu(b)-used).Seconds()*1000)
		}
	}
	b.ReportMetric(run.Median(first), "first-ms")
	b.ReportMetric(run.Median(o), "page-ms")
	b.ReportMetric(run.Median(t), "by-hand-ms")
	b.ReportMetric(run.Median(o)/run.Median(t), "ratio")
	b.ReportMetric(run.Median(oCPU)/run.Median(tCPU), "cpu-ratio")
}

// cpu is the processor time that this process has used: the database is in it, on either side; Redis is not.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// page is our side: a consumer on a real Redis.
type page struct {
	rdb    *redis.Client
	prefix string
	last   string // id of the last output that was read
}

func newPage(b *testing.B, root string) *page {
	b.Helper()
	return newPageOver(b, root, func(s source.Source) source.Source { return s }, nil)
}

// newPageOver is our side with something around its source.
func newPageOver(b *testing.B, root string, around func(source.Source) source.Source, answers engine.Answers) *page {
	b.Helper()
	cat, err := catalog.LoadPath(filepath.Join("..", "catalogs", "flights"))
	if err != nil {
		b.Fatal(err)
	}
	src, err := duckdb.Open(b.Context(), duckdb.Config{DataRoot: root})
	if err != nil {
		b.Fatal(err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(b), MaxRetries: -1, Protocol: 2})
	p := &page{rdb: rdb, prefix: fmt.Sprintf("bench:p:%d:", time.Now().UnixNano()), last: "0"}
	snapshot := &strategies.Snapshot{
		Catalog: cat,
		Engine:  &engine.Engine{Sources: map[string]source.Source{"flights": around(src)}, Answers: answers, Workers: runtime.GOMAXPROCS(0)},
	}
	c := consumer.New(consumer.Options{
		Redis: rdb, Stream: p.prefix + "in", Group: "g", Name: "c", Slots: 4, Timeout: time.Minute,
		Handler: dispatch.New(dispatch.Options{
			Events: models.NewEvents(), Pages: func() dispatch.Pages {
				return dispatch.Fixed{strategies.Pages{Snapshot: snapshot, Now: time.Now}}
			},
			Sinks:       dispatch.Sinks{Stream: &stream.Sink{Prefix: p.prefix}, Buffer: buffer.Sink{}, Care: care.Sink{}},
			DeadLetters: deadletter.Sink{Stream: p.prefix + "dead"}, StaleAfter: time.Hour, Closing: true, Now: time.Now,
			Log: slog.New(slog.DiscardHandler),
		}),
	})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		rdb.Del(context.WithoutCancel(ctx), p.prefix+"in", p.prefix+"out", p.prefix+"dead")
		_ = rdb.Close()
		_ = src.Close()
	})
	return p
}

// run sends a request, reads until the page's closing message, and returns when the first widget came.
func (p *page) run(b *testing.B, from time.Time) (first time.Duration) {
	b.Helper()
	begin := time.Now()
	request, err := json.Marshal(map[string]any{"eventName": "custom_projects", "eventData": map[string]any{
		"page_name": "FlightsPage", "routing_key": "out",
		"start_date": from.Format(time.DateOnly), "end_date": from.AddDate(0, 0, 30).Format(time.DateOnly),
	}})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.rdb.XAdd(b.Context(), &redis.XAddArgs{Stream: p.prefix + "in", Values: []any{"payload", request}}).Err(); err != nil {
		b.Fatal(err)
	}
	for widgets := 0; ; {
		streams, err := p.rdb.XRead(b.Context(), &redis.XReadArgs{Streams: []string{p.prefix + "out", p.last}, Block: time.Minute}).Result()
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range streams[0].Messages {
			p.last = m.ID
			if m.Values["eventName"] == "FlightsPage__Complete" {
				if widgets != 12 {
					b.Fatalf("%d widgets, want 12", widgets)
				}
				return first
			}
			if widgets == 0 {
				first = time.Since(begin)
			}
			if text, _ := m.Values["payload"].(string); strings.Contains(text, `"status":"error"`) {
				b.Fatal(text)
			}
			widgets++
		}
	}
}

// byHand is the other side: SQL as one would write it for this page, on the same kind of table.
type byHand struct {
	db *sql.DB
}

func newByHand(b *testing.B, path string) *byHand {
	b.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(runtime.GOMAXPROCS(0))
	for _, s := range []string{"SET threads = 1", "CREATE TABLE flights AS SELECT * FROM read_parquet('" + path + "') ORDER BY date"} {
		if _, err := db.ExecContext(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
	return &byHand{db: db}
}

const inRange = " FROM flights WHERE date >= ?::TIMESTAMP AND date < ?::TIMESTAMP "

// statements returns the page's queries; the first four are asked for the previous period too.
func statements() []string {
	const late = "count(*) FILTER (WHERE delay >= 15)"
	const onTime = "(count(*) - " + late + ")::DOUBLE / nullif(count(*), 0)"
	return []string{
		"SELECT count(*)" + inRange,
		"SELECT " + onTime + inRange,
		"SELECT avg(delay)" + inRange,
		"SELECT quantile_cont(delay, 0.9)" + inRange,
		"SELECT date_trunc('day', date) AS d, count(*), " + late + inRange + "GROUP BY d ORDER BY d",
		"SELECT date_trunc('day', date) AS d, avg(delay), " + onTime + inRange + "GROUP BY d ORDER BY d",
		"WITH g AS (SELECT origin, count(*) n, sum(delay) s, " + late + " l" + inRange + `GROUP BY origin),
			r AS (SELECT *, row_number() OVER (ORDER BY n DESC, origin) k FROM g)
			SELECT CASE WHEN k <= 10 THEN origin END o, sum(n), sum(s) / sum(n), (sum(n) - sum(l)) / sum(n) FROM r GROUP BY least(k, 11), o ORDER BY least(k, 11)`,
		"WITH g AS (SELECT destination, count(*) n, " + late + " l" + inRange + `GROUP BY destination),
			r AS (SELECT *, row_number() OVER (ORDER BY l DESC, destination) k FROM g)
			SELECT CASE WHEN k <= 10 THEN destination END d, sum(l), sum(n), (sum(n) - sum(l)) / sum(n) FROM r GROUP BY least(k, 11), d ORDER BY least(k, 11)`,
		"SELECT isodow(date) AS w, hour(date) AS h, avg(delay)" + inRange + "GROUP BY w, h ORDER BY w, h",
		"SELECT CASE WHEN delay < -60 THEN -1 WHEN delay >= 180 THEN 24 ELSE floor((delay + 60) / 10) END AS bin, count(*)" + inRange + "GROUP BY bin ORDER BY bin",
		"SELECT CASE WHEN distance >= 3000 THEN 12 ELSE floor(distance / 250) END AS bin, count(*)" + inRange + "GROUP BY bin ORDER BY bin",
		"SELECT *, count(*) OVER () FROM (SELECT origin, destination, " + late + " AS late, count(*), " + onTime + ", avg(delay)" + inRange +
			"GROUP BY origin, destination) ORDER BY late DESC, origin, destination LIMIT 50",
	}
}

func (h *byHand) run(b *testing.B, from time.Time) {
	b.Helper()
	to := from.AddDate(0, 0, 31)
	type ask struct {
		text     string
		from, to time.Time
	}
	asks := make(chan ask, 32)
	for i, s := range statements() {
		asks <- ask{s, from, to}
		if i < 4 {
			asks <- ask{s, from.AddDate(0, 0, -31), from}
		}
	}
	close(asks)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for a := range asks {
				if err := h.read(b.Context(), a.text, a.from, a.to); err != nil {
					b.Error(err)
				}
			}
		})
	}
	workers.Wait()
}

// read runs a statement and makes JSON of its rows: somebody wants to see them.
func (h *byHand) read(ctx context.Context, text string, from, to time.Time) error {
	rows, err := h.db.QueryContext(ctx, text, from, to)
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
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = json.Marshal(all)
	return err
}
