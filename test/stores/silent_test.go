package stores

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// A store that takes everything and says nothing costs its own widgets their time limit; the others of the page are there
// before, and the page ends.
func TestAStoreThatFallsSilentFailsItsWidgetsAlone(t *testing.T) {
	t.Parallel()
	root, columns, rows := posts(t)
	s := inCassandra(t, columns, rows)
	var l *line
	l, s.url = through(t, s.url)
	pages := over(t, root, `version: 1
extends: builtin
sources:
  far:
    `+s.source(t)+`
datasets:
  far:
    like: posts
    source: far
    `+s.relation+`
  hurried:
    like: far
    limits: {timeout: 8s}
  leisurely:
    like: far
    limits: {timeout: 60s}
pages:
  Sound:
    widgets:
      far: {kind: stat, dataset: far, measures: [posts]}
      near: {kind: stat, dataset: posts, measures: [posts, authors]}
  Both:
    widgets:
      far: {kind: stat, dataset: hurried, measures: [posts]}
      near: {kind: stat, dataset: posts, measures: [posts, authors]}
  BothLonger:
    widgets:
      far: {kind: stat, dataset: leisurely, measures: [posts]}
      near: {kind: stat, dataset: posts, measures: [posts, authors]}
`)
	order := bothWidgets(t, pages, "Sound")
	if order["far"].err != nil || order["near"].err != nil {
		t.Fatalf("over a sound network: %v", order)
	}
	if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(`{"name":"x","type":"timeout","attributes":{"timeout":0}}`)); err != nil {
		t.Fatal(err)
	}
	order = bothWidgets(t, pages, "Both")
	if order["near"].place != 0 { // a busy machine may be later with it than the time limit is long
		order = bothWidgets(t, pages, "BothLonger")
	}
	if order["near"].err != nil || order["near"].place != 0 {
		t.Errorf("the widget of the store that answers: %+v", order["near"])
	}
	err := order["far"].err
	if class := fault.ClassOf(err); class != fault.Timeout && class != fault.Transient || !strings.HasPrefix(fault.ReasonOf(err), "source_") {
		t.Errorf("the widget of the silent store: %v", err)
	}
}

type ending struct {
	place int
	err   error
}

// bothWidgets computes a page and returns how each widget ended, and when among them.
func bothWidgets(t *testing.T, pages *app.Pages, page string) map[string]ending {
	t.Helper()
	return endings(t, pages, page, &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"}, func(string, *format.Data) error { return nil })
}

// endings computes a page: how each of its widgets ended, and when among them. Each is seen, one at a time.
func endings(t *testing.T, pages *app.Pages, page string, req *models.Request, see func(widget string, data *format.Data) error) map[string]ending {
	t.Helper()
	now := pages.Snapshot()
	p, err := plan.Build(req, now.Catalog.Pages[page], now.Catalog, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	out := make(map[string]ending)
	if err := now.Engine.Run(t.Context(), p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
		mu.Lock()
		defer mu.Unlock()
		out[w.ID] = ending{place: len(out), err: err}
		return see(w.ID, data)
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// A server that resets every connection is asked five times; then it is left alone, and found back by one probe at a time.
func TestABreakerCountsAtARealServer(t *testing.T) {
	t.Parallel()
	root, _, _ := posts(t)
	s := inBucket(t, testenv.MinIO(t), root)
	var l *line
	l, s.url = through(t, s.url)
	pages := opened(t, s, root)
	lab := &faultLab{pages: pages, src: pages.Snapshot().Engine.Sources["tested"]}
	if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(`{"name":"x","type":"reset_peer","attributes":{"timeout":0}}`)); err != nil {
		t.Fatal(err)
	}
	attempts := func() (connections int64, open bool) {
		before := l.made.Load()
		err := lab.ask(t, patience)
		if fault.ClassOf(err) != fault.Transient {
			t.Fatalf("over a network that resets: %v", err)
		}
		return l.made.Load() - before, errors.Is(err, source.ErrOpen)
	}
	const opensAfter = 5
	calls := int64(0) // how many connections a call makes
	for range opensAfter {
		var open bool
		if calls, open = attempts(); calls == 0 || open {
			t.Fatal("the breaker is open before five calls have failed")
		}
	}
	for refused := 0; refused < 20; { // between two of them a pause may be over: that call is a probe
		n, open := attempts()
		if open {
			refused++
		}
		if open && n != 0 || n > calls {
			t.Fatalf("%d connections while the breaker is open", n)
		}
	}
	// Until its pause is over nothing gets through; then one call does, however many there are.
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	limit := time.After(patience)
	for probes := int64(0); probes != 1; { // more than one where a busy machine has a pause end between two of the ten
		select {
		case <-limit:
			t.Fatal("no probe")
		case <-again.C:
			before := l.made.Load()
			probes = lab.together(t, 10)
			if n := l.made.Load() - before; n > calls*probes {
				t.Fatalf("%d connections by ten calls, %d of which got through; one call makes %d", n, probes, calls)
			}
		}
	}
	if err := l.proxy.Toxics.RemoveToxic(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	for err := lab.ask(t, patience/6); err != nil; err = lab.ask(t, patience/6) {
		select {
		case <-limit:
			t.Fatalf("not found back: %v", err)
		case <-again.C:
		}
	}
}

// together asks so often at the same time: how many got through to the source.
func (f *faultLab) together(t *testing.T, calls int) int64 {
	t.Helper()
	q := total(t, f.pages, 1)
	var many sync.WaitGroup
	var through atomic.Int64
	for range calls {
		many.Go(func() {
			if _, err := f.src.Query(t.Context(), q); !errors.Is(err, source.ErrOpen) {
				through.Add(1)
			}
		})
	}
	many.Wait()
	return through.Load()
}
