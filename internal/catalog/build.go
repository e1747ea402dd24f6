package catalog

import (
	"maps"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// builder makes the model from checked values and reports what the tables of spec.go cannot say.
type builder struct {
	cat    *Catalog
	faults *faults
}

// build makes a catalog of the merged sections.
func build(s *sections, f *faults) *Catalog {
	b := &builder{faults: f, cat: &Catalog{
		Sources: map[string]*Source{}, Datasets: map[string]*Dataset{}, Pages: map[string]*Page{},
	}}
	for _, e := range s.sources {
		b.cat.Sources[e.name] = b.source(e.name, e.val)
	}
	for _, e := range s.datasets {
		b.cat.Datasets[e.name] = b.dataset(e.name, e.val)
	}
	for _, e := range s.datasets {
		b.join(b.cat.Datasets[e.name], e.val) // its inputs are known by now
		b.union(b.cat.Datasets[e.name], e.val)
		b.changes(b.cat.Datasets[e.name], e.val)
	}
	for _, e := range s.pages {
		page := b.page(e)
		b.cat.Pages[page.Key.String()] = page
	}
	for _, e := range s.pages {
		b.opens(e)
	}
	return b.cat
}

// unknown reports a name that nothing has.
func (b *builder) unknown(v *value, what, name string, known []string) {
	b.faults.add(v.at, Suggest(name, known), "unknown %s %q", what, name)
	b.faults.list[len(b.faults.list)-1].unknown = true
}

// condition compiles a row condition; nil for none.
func (b *builder) condition(v *value, what string, d *Dataset) query.Filter {
	if v == nil || d == nil {
		return nil
	}
	filter, x := compileCondition(v.text, d.Dimensions)
	if len(x.errs) > 0 {
		x.report(v, what, b.faults)
		return nil
	}
	return filter
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
