// Command stores measures the built-in insights page over MongoDB and over Cassandra: its widgets together, as the engine plans them, against each asked for itself, all at the same
// time. What is sent and read is counted at the source; both say the same, which is compared first.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/go-dispatcher/dispatcher/bench/run"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/memory"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// atOnce is how many queries of a page a server is asked at the same time, either way.
const atOnce = 4

const (
	page = "ResearchInsightsPage"
	// loadedSource is the name of the store in the catalog that `dispatcher data load` prints.
	loadedSource = "loaded"
)

type options struct {
	rows, rounds   int
	dispatcher     string
	mongo, wide    string
	out, onlyStore string
}

// Way is one way of asking, medians.
type Way struct {
	Queries int     `json:"queries"`
	Read    int64   `json:"rows_or_documents_read"`
	Bytes   int64   `json:"bytes_read,omitempty"`
	First   float64 `json:"first_ms"`
	Page    float64 `json:"page_ms"`
}

// Store is what was measured of one.
type Store struct {
	Name     string        `json:"name"`
	Together Way           `json:"together"`
	Separate Way           `json:"separate"`
	Verdicts []run.Verdict `json:"verdicts"`
}

// Result is all that a run has measured.
type Result struct {
	At      string  `json:"at"`
	Machine string  `json:"machine"`
	Load    float64 `json:"load_before"`
	Go      string  `json:"go"`
	Rows    int     `json:"rows"`
	Rounds  int     `json:"rounds"`
	Stores  []Store `json:"stores"`
}

func main() { run.Main("stores", bench) }

func bench(ctx context.Context) error {
	memory.Tune(memory.Answers)
	var o options
	flag.IntVar(&o.rows, "rows", 100_000, "posts, about; what goes beyond the embedded 4,150 is synthetic")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of four ranges; medians count")
	flag.StringVar(&o.dispatcher, "dispatcher", "../bin/dispatcher", "the command line, which loads the posts")
	flag.StringVar(&o.mongo, "mongodb", os.Getenv("DISPATCHER_TEST_MONGODB"), "MongoDB's address")
	flag.StringVar(&o.wide, "cassandra", os.Getenv("DISPATCHER_TEST_CASSANDRA"), "Cassandra's address")
	flag.StringVar(&o.onlyStore, "only", "", "mongodb or cassandra; both when empty")
	flag.StringVar(&o.out, "out", "", "file for the figures as JSON")
	flag.Parse()
	r, err := measure(ctx, os.Stdout, o)
	if err != nil {
		return err
	}
	return run.Save(o.out, r)
}

func measure(ctx context.Context, w io.Writer, o options) (*Result, error) {
	r := &Result{At: time.Now().UTC().Format(time.RFC3339), Machine: run.Machine(), Load: run.Load(), Go: runtime.Version(), Rows: o.rows, Rounds: o.rounds}
	for _, s := range []struct{ name, address string }{{"mongodb", o.mongo}, {"cassandra", o.wide}} {
		if o.onlyStore != "" && o.onlyStore != s.name {
			continue
		}
		store, err := measureStore(ctx, o, s.name, s.address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		r.Stores = append(r.Stores, *store)
	}
	report(w, r)
	return r, nil
}

func measureStore(ctx context.Context, o options, name, address string) (*Store, error) {
	path, err := loaded(ctx, o, name, address)
	if err != nil {
		return nil, err
	}
	cat, err := catalog.LoadPath(path)
	if err != nil {
		return nil, err
	}
	src, end, err := open(ctx, name, address)
	if err != nil {
		return nil, err
	}
	defer end()
	s := &session{cat: cat, counted: &counting{Source: src}}
	s.engine = &engine.Engine{Sources: map[string]source.Source{loadedSource: s.counted}, Workers: atOnce}
	var whole, alone []sample
	for round := range o.rounds {
		for month := range 4 {
			req := models.Request{CompanyID: "1", StartDate: fmt.Sprintf("2002-%02d-01", 8+month), EndDate: fmt.Sprintf("2002-%02d-28", 8+month)}
			run.Progress("%s: round %d of %d", name, round+1, o.rounds)
			together, a, err := s.together(ctx, req)
			if err != nil {
				return nil, err
			}
			separate, b, err := s.separately(ctx, req)
			if err != nil {
				return nil, err
			}
			for widget, says := range a {
				if !run.Same(says, b[widget]) {
					return nil, fmt.Errorf("%s says on its page %v, and alone %v", widget, says, b[widget])
				}
			}
			if len(a) != len(b) {
				return nil, fmt.Errorf("%d widgets on the page, and %d alone", len(a), len(b))
			}
			if round > 0 || o.rounds == 1 { // the first one warms both
				whole, alone = append(whole, together), append(alone, separate)
			}
		}
	}
	store := &Store{Name: name, Together: wayOf(whole), Separate: wayOf(alone)}
	store.Verdicts = []run.Verdict{
		run.Most(name+": queries, of the separate ones", float64(store.Together.Queries)/float64(store.Separate.Queries), 1),
		run.Most(name+": rows or documents read, of the separate ones", float64(store.Together.Read)/float64(store.Separate.Read), 1),
		run.Most(name+": page, of the separate ones", store.Together.Page/store.Separate.Page, 1),
	}
	return store, nil
}

// session asks one store.
type session struct {
	cat     *catalog.Catalog
	engine  *engine.Engine
	counted *counting
}

type sample struct {
	first, page         float64
	queries, read, size float64
}

// together asks for the page.
func (s *session) together(ctx context.Context, req models.Request) (sample, map[string]any, error) {
	return s.timed(ctx, func(got func(*plan.Widget, *format.Data) error) error { return s.run(ctx, req, got) })
}

// separately asks for each of the page's widgets by a request of its own, as many at the same time as the page has queries under way.
func (s *session) separately(ctx context.Context, req models.Request) (sample, map[string]any, error) {
	return s.timed(ctx, func(got func(*plan.Widget, *format.Data) error) error {
		asked, ctx := errgroup.WithContext(ctx)
		asked.SetLimit(atOnce)
		for _, w := range s.cat.Pages[page].Widgets {
			one := req
			one.SelectedWidgets = []string{w.ID}
			asked.Go(func() error { return s.run(ctx, one, got) })
		}
		return asked.Wait()
	})
}

func (s *session) run(ctx context.Context, req models.Request, got func(*plan.Widget, *format.Data) error) error {
	p, err := plan.Build(&req, s.cat.Pages[page], s.cat, time.Now())
	if err != nil {
		return err
	}
	p.Widgets = slices.DeleteFunc(p.Widgets, func(w plan.Widget) bool { // what a page asks of other services is not measured
		return slices.ContainsFunc(w.Steps, func(step plan.Step) bool { return step.Source != loadedSource })
	})
	return s.engine.Run(ctx, p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", w.ID, err)
		}
		return got(w, data)
	})
}

// timed has widgets computed, and returns what each says beside what it took.
func (s *session) timed(ctx context.Context, all func(got func(*plan.Widget, *format.Data) error) error) (sample, map[string]any, error) {
	s.counted.reset()
	says := make(map[string]any)
	var mu sync.Mutex
	var one sample
	begin := time.Now()
	err := all(func(w *plan.Widget, data *format.Data) error {
		raw, err := models.Marshal(data)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if len(says) == 0 {
			one.first = ms(begin)
		}
		says[w.ID], err = said(raw)
		return err
	})
	one.page = ms(begin)
	if err != nil {
		return one, nil, err
	}
	one.queries, one.read, one.size, err = s.counted.sums(ctx)
	return one, says, err
}

func ms(since time.Time) float64 { return time.Since(since).Seconds() * 1000 }

// said is the values of a widget's data, without what is of one answer alone: how long it took, and how old it is.
func said(raw []byte) (any, error) {
	var d struct {
		Data struct {
			Values []any `json:"values"`
		} `json:"data"`
	}
	err := json.Unmarshal(raw, &d)
	return d.Data.Values, err
}

func wayOf(list []sample) Way {
	of := func(f func(sample) float64) float64 {
		var v []float64
		for _, s := range list {
			v = append(v, f(s))
		}
		return run.Median(v)
	}
	return Way{
		Queries: int(of(func(s sample) float64 { return s.queries })), Read: int64(of(func(s sample) float64 { return s.read })), Bytes: int64(of(func(s sample) float64 { return s.size })),
		First: of(func(s sample) float64 { return s.first }), Page: of(func(s sample) float64 { return s.page }),
	}
}

func report(w io.Writer, r *Result) {
	fmt.Fprintf(w, "%s over about %d posts, ranges of 28 days · %s · %s · load %.1f · %d rounds, medians; together and separate say the same, value by value\n\n", page, r.Rows, r.Go, r.Machine, r.Load, r.Rounds)
	fmt.Fprintf(w, "%-12s %-10s %8s %22s %12s %10s %10s\n", "store", "asked", "queries", "rows or documents read", "bytes read", "first ms", "page ms")
	var all []run.Verdict
	for _, s := range r.Stores {
		for _, way := range []struct {
			name string
			Way
		}{{"together", s.Together}, {"separate", s.Separate}} {
			fmt.Fprintf(w, "%-12s %-10s %8d %22d %12d %10.1f %10.1f\n", s.Name, way.name, way.Queries, way.Read, way.Bytes, way.First, way.Page)
		}
		all = append(all, s.Verdicts...)
	}
	run.PrintVerdicts(w, all)
}

// upper is a store's variable in the catalog that dispatcher data load prints.
func upper(store string) string { return "STORES_" + strings.ToUpper(store) }
