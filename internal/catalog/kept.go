package catalog

import (
	"maps"
	"slices"
)

// Kept says whether something is kept of the page's answers, and returns the keys of a request that restrict them.
func (p *Page) Kept() (parameters []string, ok bool) {
	names := make(map[string]bool)
	for _, own := range p.Parameters {
		names[own.Name] = true
	}
	for _, d := range p.datasets() {
		ok = d.kept(names) || ok
	}
	return slices.Sorted(maps.Keys(names)), ok
}

// kept says whether something is kept of answers over a dataset, or over those that it is made of, and adds their parameters to names.
func (d *Dataset) kept(names map[string]bool) bool {
	for name := range d.Parameters {
		names[name] = true
	}
	ok := d.Keep != nil || d.Share != nil
	for _, in := range d.Inputs() {
		ok = in.Dataset.kept(names) || ok
	}
	return ok
}

// DatasetNames are those of the datasets that the page's widgets are over, and of those that these are made of.
func (p *Page) DatasetNames() []string {
	names := make(map[string]bool)
	for _, d := range p.datasets() {
		d.name(names)
	}
	return slices.Sorted(maps.Keys(names))
}

func (d *Dataset) name(names map[string]bool) {
	names[d.Name] = true
	for _, in := range d.Inputs() {
		in.Dataset.name(names)
	}
}
