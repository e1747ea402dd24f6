package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"golang.org/x/sync/errgroup"
)

// worker is a process of this program that answers pages through the bare driver: a line in asks for a range, a line out is a widget.
type worker struct {
	db  *sql.DB
	out chan widgetRows
}

// widgetRows is a line that a worker writes.
type widgetRows struct {
	Widget string `json:"widget,omitempty"`
	Rows   []row  `json:"rows,omitempty"`
	// End says that the page is complete; Error why it never will be.
	End   bool   `json:"end,omitempty"`
	Error string `json:"error,omitempty"`
}

// runWorker answers until its input ends.
func runWorker(ctx context.Context, in io.Reader, out io.Writer, file string, page func(context.Context, *worker, span) error) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(runtime.GOMAXPROCS(0))
	db.SetMaxIdleConns(runtime.GOMAXPROCS(0))
	for _, s := range []string{"SET threads = 1", "CREATE TABLE flights AS SELECT * FROM read_parquet('" + file + "') ORDER BY date"} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	w := &worker{db: db, out: make(chan widgetRows, len(widgets))}
	lines := json.NewEncoder(out)
	for asked := bufio.NewScanner(in); asked.Scan(); {
		s, err := parseSpan(asked.Text())
		if err != nil {
			return err
		}
		done := make(chan error, 1)
		go func() { done <- page(ctx, w, s) }()
		for open := true; open; {
			select {
			case rows := <-w.out:
				err = lines.Encode(rows)
			case ended := <-done:
				for len(w.out) > 0 {
					err = lines.Encode(<-w.out)
				}
				end := widgetRows{End: true}
				if ended != nil {
					end.Error = ended.Error()
				}
				err, open = lines.Encode(end), false
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// separately asks each widget's statement, as many at a time as there are processors.
func separately(ctx context.Context, w *worker, s span) error {
	asked, ctx := errgroup.WithContext(ctx)
	asked.SetLimit(runtime.GOMAXPROCS(0))
	for i, text := range statements() {
		if i >= numbers {
			asked.Go(func() error { return w.widget(ctx, widgets[i], text, s) })
			continue
		}
		var both pair
		for period, of := range []span{s, s.before()} {
			asked.Go(func() error {
				rows, err := w.rows(ctx, text, of)
				if err == nil && both.put(period, rows[0][0]) {
					w.out <- widgetRows{Widget: widgets[i], Rows: []row{both.values[:]}}
				}
				return err
			})
		}
	}
	return asked.Wait()
}

// pair is a number and that of the period before, whichever comes first.
type pair struct {
	mu     sync.Mutex
	values [2]any
	have   int
}

// put says whether both are there.
func (p *pair) put(i int, v any) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.values[i] = v
	p.have++
	return p.have == len(p.values)
}

func (w *worker) widget(ctx context.Context, name, text string, s span) error {
	rows, err := w.rows(ctx, text, s)
	if err == nil {
		w.out <- widgetRows{Widget: name, Rows: rows}
	}
	return err
}

// rows runs a statement over a range.
func (w *worker) rows(ctx context.Context, text string, s span) ([]row, error) {
	found, err := w.db.QueryContext(ctx, text, s.from, s.to)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		return nil, err
	}
	var all []row
	for found.Next() {
		r, into := make(row, len(names)), make([]any, len(names))
		for i := range r {
			into[i] = &r[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, found.Err()
}

// asWorker runs this process as a worker where it was started as one.
func asWorker(ctx context.Context) (bool, error) {
	plan := map[string]func(context.Context, *worker, span) error{separate: separately, byHand: together}[os.Getenv(envWorker)]
	if plan == nil {
		return false, nil
	}
	return true, runWorker(ctx, os.Stdin, os.Stdout, os.Getenv(envFile), plan)
}

func (s span) String() string {
	return s.from.Format(time.DateOnly) + " " + s.to.Format(time.DateOnly)
}

func parseSpan(text string) (s span, err error) {
	var from, to string
	if _, err = fmt.Sscan(text, &from, &to); err != nil {
		return s, err
	}
	if s.from, err = time.Parse(time.DateOnly, from); err != nil {
		return s, err
	}
	s.to, err = time.Parse(time.DateOnly, to)
	return s, err
}
