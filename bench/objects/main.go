// Command objects measures a page over a year of orders, an object a day in an object storage: the range that nobody asked for before, the same a day later, after an object came late
// to a day in its middle, and once more. Each answer is compared with a full computation by DuckDB over the same files.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

type options struct {
	rows                              int
	consumer, catalog, cache, address string
	out                               string
}

// Phase is one answer.
type Phase struct {
	What string `json:"what"`
	// Seconds from XADD to the widget read; bytes read from the object storage; days of the range that were not computed.
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu_s"`
	Bytes   int64   `json:"bytes_read"`
	Kept    int     `json:"days_kept"`
	// Equal says that the answer is that of the full computation, value by value.
	Equal bool `json:"equal"`
	// Differs is the first day that is not.
	Differs string `json:"differs,omitempty"`
	// Seen is after how many seconds it was asked for: what came late is seen when objects are listed anew.
	Seen float64 `json:"asked_after_s,omitempty"`
}

// Result is all that a run has measured.
type Result struct {
	At      string  `json:"at"`
	Machine string  `json:"machine"`
	Load    float64 `json:"load_before"`
	Go      string  `json:"go"`
	Rows    int64   `json:"rows"`
	Objects int     `json:"objects"`
	Bytes   int64   `json:"bytes"`
	Peak    float64 `json:"peak_rss_mb"`
	Phases  []Phase `json:"phases"`
	// Full is the time of the full computation by hand over local files, on all processors.
	Full float64 `json:"full_by_hand_s"`
}

func main() { run.Main("objects", bench) }

func bench(ctx context.Context) error {
	var o options
	flag.IntVar(&o.rows, "rows", 100_000_000/year, "rows a day")
	flag.StringVar(&o.consumer, "consumer", "../bin/consumer", "the consumer as shipped")
	flag.StringVar(&o.catalog, "catalog", "objects/catalog.yaml", "the page's catalog")
	flag.StringVar(&o.cache, "cache", os.Getenv("DISPATCHER_CACHE"), "folder that keeps the generated files")
	flag.StringVar(&o.address, "storage", os.Getenv("DISPATCHER_TEST_MINIO"), "the object storage, http://access-key:secret@host:port")
	flag.StringVar(&o.out, "out", "", "file for the figures as JSON")
	flag.Parse()
	r, err := measure(ctx, os.Stdout, o)
	if err != nil {
		return err
	}
	return run.Save(o.out, r)
}

// session is a run under way.
type session struct {
	consumer *run.Consumer
	bucket   *bucket
	db       *sql.DB
	files    []string // patterns of what is stored
	result   *Result
}

func measure(ctx context.Context, w io.Writer, o options) (*Result, error) {
	root, err := generate(ctx, o.cache, o.rows)
	if err != nil {
		return nil, err
	}
	b, err := openBucket(ctx, o.address, fmt.Sprint(o.rows))
	if err != nil {
		return nil, err
	}
	size, err := b.fill(ctx, root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dispatcher-objects-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	catalog, err := catalogIn(dir, o)
	if err != nil {
		return nil, err
	}
	rdb, err := run.StartRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer rdb.Stop()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	s := &session{
		consumer: &run.Consumer{Binary: o.consumer, Redis: rdb, Env: []string{"APP_DISPATCHER_CATALOG=" + catalog, "APP_DISPATCHER_DATA=" + dir, "OBJECTS_URL=" + o.address}},
		bucket:   b, db: db, files: []string{filepath.Join(root, "*/*/*/*.parquet")},
		result: &Result{
			At: time.Now().UTC().Format(time.RFC3339), Machine: run.Machine(), Load: run.Load(), Go: runtime.Version(),
			Rows: int64(o.rows) * year, Objects: year, Bytes: size,
		},
	}
	if err := s.consumer.Start(); err != nil {
		return nil, err
	}
	defer s.consumer.Stop()
	if err := s.phases(ctx, dir, o.rows); err != nil {
		return nil, err
	}
	s.result.Peak = s.consumer.Peak()
	report(w, s.result)
	return s.result, nil
}

// catalogIn writes the catalog for objects of so many rows.
func catalogIn(dir string, o options) (string, error) {
	raw, err := os.ReadFile(o.catalog)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "catalog.yaml")
	return path, os.WriteFile(path, []byte(strings.ReplaceAll(string(raw), "PREFIX", fmt.Sprint(o.rows))), 0o644)
}

// phases asks for the year in the ways that users do, one after the other.
func (s *session) phases(ctx context.Context, dir string, rows int) error {
	if err := s.ask(ctx, "12 months, never asked before", 0); err != nil {
		return err
	}
	if err := s.ask(ctx, "the 12 months a day later", 1); err != nil {
		return err
	}
	if err := s.ask(ctx, "the same again", 1); err != nil {
		return err
	}
	const day = 180
	late := filepath.Join(dir, "late.parquet")
	if err := write(ctx, s.db, late, day, lateRows, rows); err != nil {
		return err
	}
	key := keyOf(day, "late")
	if err := s.bucket.put(ctx, key, late); err != nil {
		return err
	}
	defer func() { _ = s.bucket.remove(context.WithoutCancel(ctx), key) }()
	s.files = append(s.files, late)
	return s.untilSeen(ctx, "after an object of that year came late")
}

// untilSeen asks until the answer has what came: the consumer lists objects anew after some seconds.
func (s *session) untilSeen(ctx context.Context, what string) error {
	const longest = 20 * time.Second
	for begin := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		seen := time.Since(begin).Seconds()
		if err := s.ask(ctx, what, 1); err != nil {
			return err
		}
		last := &s.result.Phases[len(s.result.Phases)-1]
		if last.Equal || time.Since(begin) > longest {
			last.Seen = seen
			return nil
		}
		s.result.Phases = s.result.Phases[:len(s.result.Phases)-1]
	}
}

// ask has the year from some day on computed, and compares it.
func (s *session) ask(ctx context.Context, what string, day int) error {
	run.Progress("%s", what)
	from, to := firstDay.AddDate(0, 0, day), firstDay.AddDate(0, 0, day+year)
	used := s.consumer.CPU()
	v, err := s.consumer.Ask(ctx, "orders", map[string]any{
		"page_name": "OrdersPage", "start_date": from.Format(time.DateOnly), "end_date": to.AddDate(0, 0, -1).Format(time.DateOnly),
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	p := Phase{What: what, Seconds: v.Page.Seconds(), CPU: (s.consumer.CPU() - used).Seconds()}
	w := &v.Widgets[0]
	for _, part := range w.EventData.Stats.Sources {
		p.Bytes += part.Bytes
		p.Kept = max(p.Kept, part.KeptDays)
	}
	if p.Differs, err = s.differs(ctx, w, from, to); err != nil {
		return err
	}
	p.Equal = p.Differs == ""
	s.result.Phases = append(s.result.Phases, p)
	return nil
}

// differs computes the range over the local files, and says on which day the widget says something else.
func (s *session) differs(ctx context.Context, w *run.Widget, from, to time.Time) (string, error) {
	run.Progress("the full computation by hand")
	begin := time.Now()
	rows, err := s.db.QueryContext(ctx, "SELECT epoch_ms(date_trunc('day', \"at\")), count(*), sum(amount)::BIGINT, count(*) FILTER (WHERE amount >= 9000) FROM read_parquet(['"+
		strings.Join(s.files, "', '")+"']) WHERE \"at\" >= ?::TIMESTAMP AND \"at\" < ?::TIMESTAMP GROUP BY 1 ORDER BY 1", from, to)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns := [][]any{w.Column("time"), w.Column("orders"), w.Column("amount"), w.Column("large")}
	n := 0
	for ; rows.Next(); n++ {
		var full [4]int64
		if err := rows.Scan(&full[0], &full[1], &full[2], &full[3]); err != nil {
			return "", err
		}
		for i, c := range columns {
			if n >= len(c) || c[n] != float64(full[i]) {
				return fmt.Sprintf("%s: not %v", time.UnixMilli(full[0]).UTC().Format(time.DateOnly), full[1:]), nil
			}
		}
	}
	s.result.Full = time.Since(begin).Seconds()
	if err := rows.Err(); err != nil {
		return "", err
	}
	if n != year || len(columns[0]) != year {
		return fmt.Sprintf("%d days, and %d", len(columns[0]), n), nil
	}
	return "", nil
}

func report(w io.Writer, r *Result) {
	fmt.Fprintf(w, "%d rows in %d objects of %.0f MB · %s · %s · load %.1f · peak %.0f MB · full computation over local files by hand %.1f s\n\n",
		r.Rows, r.Objects, float64(r.Bytes)/1e6, r.Go, r.Machine, r.Load, r.Peak, r.Full)
	fmt.Fprintf(w, "%-44s %10s %10s %14s %10s\n", "", "seconds", "CPU s", "MB read", "days kept")
	for _, p := range r.Phases {
		mark := "equal to the full computation"
		if !p.Equal {
			mark = "DIFFERS: " + p.Differs
		}
		if p.Seen > 0 {
			mark += fmt.Sprintf(", asked %.1f s later", p.Seen)
		}
		fmt.Fprintf(w, "%-44s %10.3f %10.3f %14.3f %10d   %s\n", p.What, p.Seconds, p.CPU, float64(p.Bytes)/1e6, p.Kept, mark)
	}
}
