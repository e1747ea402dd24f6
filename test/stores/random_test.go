package stores

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// envCases is how many random widgets each store is asked for: 500, or as many as this variable says.
const (
	envCases     = "DISPATCHER_RANDOM_CASES"
	defaultCases = 500
	mostWidgets  = 10 // of one page
	// fixedSeed has the same questions asked each time, so that a change is judged by them; a nightly run asks others.
	fixedSeed = "20020331"
)

// drawnOnce sets what rapid draws: flags hold for all tests of a process, whichever of them comes first.
//
//nolint:gochecknoglobals // set once in a process
var drawnOnce = sync.OnceValues(func() (int, error) {
	want, seed := defaultCases, fixedSeed
	if n, err := strconv.Atoi(os.Getenv(envCases)); err == nil {
		want, seed = n, "0" // new ones each time
	}
	if given := flag.Lookup("rapid.seed").Value.String(); given != "0" {
		seed = given
	}
	// Pages have five widgets on average, and some requests are refused.
	return want, errors.Join(flag.Set("rapid.seed", seed), flag.Set("rapid.checks", strconv.Itoa(max(1, want/4))))
})

// drawn is how many random widgets are asked for.
func drawn(t *testing.T) int {
	t.Helper()
	want, err := drawnOnce()
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// Random widgets and requests over the set of all troubles have the same answers on every store, which are those of plain Go.
func TestRandomWidgets(t *testing.T) {
	t.Parallel()
	s := troubles()
	stores, plain := openBenches(t, s), oracle(sourcetest.NewPlain(s.rows))
	want := drawn(t)
	var compared, failed, pages atomic.Int64
	quick := slices.DeleteFunc(slices.Clone(stores), func(b *bench) bool { return b.slow })
	rapid.Check(t, func(rt *rapid.T) {
		page, loose := drawPage(rt, mostWidgets)
		req := drawRequest(rt)
		asked := stores
		if pages.Add(1)%3 != 0 && os.Getenv(envCases) == "" {
			asked = quick
		}
		n, faults := compareOnce(t.Context(), rt, plain, asked, page, loose, req)
		compared.Add(int64(n))
		failed.Add(int64(faults))
	})
	t.Logf("%d widgets were compared on each of %d stores, a third of them on %d more; %d had errors, the same ones everywhere",
		compared.Load(), len(quick), len(stores)-len(quick), failed.Load())
	if compared.Load() < int64(want) && !t.Failed() {
		t.Errorf("only %d widgets were compared, want %d", compared.Load(), want)
	}
}

// compareOnce asks every store for a page, and compares its widgets with those of plain Go.
func compareOnce(ctx context.Context, t *rapid.T, plain *bench, stores []*bench, page *pageYAML, loose map[string]bool, req request) (compared, faults int) {
	decoded, err := models.Decoder{}.Decode(req.payload)
	if err != nil {
		t.Fatalf("%v\n%s", err, req.payload)
	}
	c, err := plain.catalog(page.text)
	if err != nil {
		t.Fatalf("%v\n%s", err, clipped(page.text(plain.placed.relation)))
	}
	want, _, err := plain.ask(ctx, c, decoded, req.now)
	if err != nil {
		if fault.ClassOf(err) != fault.Reject {
			t.Fatalf("%v\n%s", err, req.payload)
		}
		t.Skip("the request is refused")
	}
	reports := make([]report, len(stores))
	var wg sync.WaitGroup
	for i, b := range stores {
		wg.Go(func() { reports[i] = b.compare(ctx, page, loose, decoded, req, want) })
	}
	wg.Wait()
	if text := together(c, page, reports, want); text != "" {
		t.Fatalf("%s\n\n%s", req, text)
	}
	for id := range want {
		if want[id].err != nil {
			faults++
		}
	}
	return len(want), faults
}

func (r request) String() string { return fmt.Sprintf("request %s\nasked at %s", r.payload, r.now) }

// report is what differs on one store.
type report struct {
	store  string
	whole  string // why nothing could be compared
	widget map[string]difference
}

type difference struct{ got, native, first string }

func (b *bench) compare(ctx context.Context, page *pageYAML, loose map[string]bool, decoded *models.Request, req request, want map[string]outcome) report {
	out := report{store: b.name, widget: make(map[string]difference)}
	c, err := b.catalog(page.text)
	if err != nil {
		out.whole = err.Error()
		return out
	}
	got, p, err := b.ask(ctx, c, decoded, req.now)
	if err != nil {
		out.whole = err.Error()
		return out
	}
	for id, w := range want {
		if g := got[id]; g.fault != w.fault || !equal(g.data, w.data, loose) {
			out.widget[id] = difference{told(g), b.native(ctx, p, id), differs(g.data, w.data)}
		}
	}
	return out
}

// together tells of each widget that differs: what it is, what it should answer, and what stores answer in its place. Stores of the
// same answer are told of once.
func together(c *catalog.Catalog, page *pageYAML, reports []report, want map[string]outcome) string {
	var out strings.Builder
	for _, r := range reports {
		if r.whole != "" {
			fmt.Fprintf(&out, "%s: %s\n", r.store, r.whole)
		}
	}
	for id, w := range want {
		said := make(map[string]string)
		for _, r := range reports {
			d, ok := r.widget[id]
			if !ok {
				continue
			}
			if len(said) == 0 {
				fmt.Fprintf(&out, "widget %s\n%swant %s\n", id, describe(c, page, id), clipped(told(w)))
			}
			if same, ok := said[d.got]; ok {
				fmt.Fprintf(&out, "%s: as %s\n", r.store, same)
				continue
			}
			said[d.got] = r.store
			fmt.Fprintf(&out, "%s: got %s\n%snative %s", r.store, clipped(d.got), d.first, d.native)
		}
	}
	return out.String()
}

func clipped(s string) string {
	const most = 3000
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

func told(o outcome) string {
	if o.err != nil {
		if e, ok := errors.AsType[*fault.Error](o.err); ok {
			return o.fault + ": " + e.Error()
		}
		return o.fault + ": " + o.err.Error()
	}
	return text(o.data)
}

// describe returns the YAML of a widget with the measures that it needs, and its dataset.
func describe(c *catalog.Catalog, page *pageYAML, id string) string {
	var widget any
	for _, w := range page.Widgets {
		if w.Key == id {
			widget = w.Value
		}
	}
	out, err := yaml.Marshal(yaml.MapSlice{{Key: "widget", Value: widget}, {Key: "measures", Value: page.Measures}})
	if err != nil {
		return err.Error()
	}
	for _, w := range c.Pages["P"].Widgets {
		if settings, ok := datasets()[w.Dataset.Name]; ok && w.ID == id {
			out = append(out, "dataset: {"+settings[1]+"}\n"...)
		}
	}
	return string(out)
}
