package stores

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// sourceName is the one source of the catalogs here.
const sourceName = "store"

// bench is a store with a set in it, opened as the product opens it.
type bench struct {
	name   string
	slow   bool
	placed placed
	engine *engine.Engine
}

// openBench opens a store's source by a catalog of its own; the same source then serves other catalogs.
func openBench(t *testing.T, p place, s *set) *bench {
	t.Helper()
	at := p.put(t, s)
	root := at.root
	if root == "" {
		root = t.TempDir()
	}
	text := fmt.Sprintf("version: 1\nsources:\n  %s: %s\ndatasets:\n  d: {source: %s, %s, tenant: none, measures: {n: {agg: count}}}\n"+
		"pages:\n  P: {widgets: {w: {kind: stat, dataset: d, measures: [n]}}}\n", sourceName, at.source, sourceName, at.relation(""))
	pages := over(t, root, text)
	return &bench{name: p.name, slow: p.slow, placed: at, engine: pages.Snapshot().Engine}
}

// openBenches opens stores at the same time: all, or those of the given names.
func openBenches(t *testing.T, s *set, names ...string) []*bench {
	t.Helper()
	list := slices.DeleteFunc(places(), func(p place) bool { return !slices.Contains(names, p.name) && (len(names) > 0 || p.named) })
	out := make([]*bench, len(list))
	var wg sync.WaitGroup
	for i, p := range list {
		wg.Go(func() { out[i] = openBench(t, p, s) })
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return out
}

// oracle is a bench that computes everything in plain Go.
func oracle(src source.Source) *bench {
	return &bench{
		name: "plain Go", engine: &engine.Engine{Sources: map[string]source.Source{sourceName: src}, Workers: 2},
		placed: placed{source: "{kind: duckdb}", relation: func(string) string { return "files: [rows.parquet]" }},
	}
}

// catalog makes the catalog of a page over this store.
func (b *bench) catalog(text func(relation func(time string) string) string) (*catalog.Catalog, error) {
	full := fmt.Sprintf("version: 1\nsources:\n  %s: %s\n%s", sourceName, b.placed.source, text(b.placed.relation))
	return catalog.Load(fstest.MapFS{"catalog.yaml": {Data: []byte(full)}}, "catalog.yaml")
}

// outcome is how a widget ended: with data, as a requester reads it, or with an error.
type outcome struct {
	data  map[string]any
	fault string // reason and class
	err   error
}

// ask computes a page, and returns each widget's outcome without times and costs. Its error is that of the request as a whole.
func (b *bench) ask(ctx context.Context, c *catalog.Catalog, req *models.Request, now time.Time) (map[string]outcome, *plan.Plan, error) {
	return b.askPage(ctx, c, "P", req, now)
}

func (b *bench) askPage(ctx context.Context, c *catalog.Catalog, page string, req *models.Request, now time.Time) (map[string]outcome, *plan.Plan, error) {
	p, err := plan.Build(req, c.Pages[page], c, now)
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex
	out := make(map[string]outcome)
	err = b.engine.Run(ctx, p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
		o := outcome{err: err}
		if err != nil {
			o.fault = fault.ReasonOf(err) + " " + fault.ClassOf(err).String()
		} else if o.data, err = shown(data); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if _, twice := out[w.ID]; twice {
			return fmt.Errorf("widget %s ended twice", w.ID)
		}
		out[w.ID] = o
		return nil
	})
	return out, p, err
}

// shown is data as it goes out.
func shown(data *format.Data) (v map[string]any, err error) {
	raw, err := models.Marshal(data)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	for _, name := range []string{"stats", "as_of", "age_seconds"} {
		delete(v, name)
	}
	return v, nil
}

// native is what a store is sent for a widget.
func (b *bench) native(ctx context.Context, p *plan.Plan, id string) string {
	var out strings.Builder
	for i := range p.Widgets {
		if p.Widgets[i].ID != id {
			continue
		}
		for _, step := range p.Widgets[i].Steps {
			list, err := b.engine.Explain(ctx, step)
			if err != nil {
				fmt.Fprintf(&out, "%s: %v\n", step.Role, err)
			}
			for _, e := range list {
				fmt.Fprintf(&out, "%s: %s\n  %v\n", e.Role, e.Native.Text, e.Native.Args)
			}
		}
	}
	return out.String()
}

// datasetsYAML are all datasets over a store, with the page's measures.
func datasetsYAML(relation func(time string) string, measures string) string {
	var out strings.Builder
	out.WriteString("datasets:\n")
	all := datasets()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := all[name]
		more := d[1]
		if !strings.Contains(more, "limits:") {
			more += ", limits: {timeout: 10m}" // a busy machine
		}
		fmt.Fprintf(&out, "  %s: {source: %s, %s, %s, tenant: {parameter: company_id, field: company}, dimensions: {%s}, measures: %s}\n",
			name, sourceName, relation(d[0]), more, dimensionsYAML(), measures)
	}
	return out.String()
}

// text is the catalog of a page, but for its source.
func (p *pageYAML) text(relation func(time string) string) string {
	measures, err := yaml.MarshalWithOptions(p.Measures, yaml.Flow(true))
	if err != nil {
		panic(err)
	}
	widgets, err := yaml.MarshalWithOptions(p.Widgets, yaml.Flow(true))
	if err != nil {
		panic(err)
	}
	if p.over != nil {
		return p.over(relation, strings.TrimSpace(string(measures)), strings.TrimSpace(string(widgets)))
	}
	return datasetsYAML(relation, strings.TrimSpace(string(measures))) + "pages:\n  P: {widgets: " + strings.TrimSpace(string(widgets)) + "}\n"
}
