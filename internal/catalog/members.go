package catalog

import (
	"maps"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Datasets are those of the page's widgets, and of the widgets that requests may describe, each once, in their order.
func (p *Page) Datasets() []*Dataset {
	var out []*Dataset
	for _, d := range p.datasets() {
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// Members are the dimensions of a dataset that a request for the page may filter by, by name: among those that the page names, where it names any, those that are
// shown as they are.
func (p *Page) Members(d *Dataset) []*Dimension {
	var out []*Dimension
	for _, name := range slices.Sorted(maps.Keys(d.Dimensions)) {
		dim := d.Dimensions[name]
		if dim.Hidden || dim.Mask || dim.Part != "" || dim.Link != nil || len(p.Filters) > 0 && !slices.Contains(p.Filters, name) {
			continue
		}
		out = append(out, dim)
	}
	return out
}

// Countable says whether rows can be counted by the dimension's values, such that there may be few of them.
func (d *Dimension) Countable() bool {
	switch d.Field.Type {
	case query.String, query.Int, query.Bool:
		return true
	case query.Float, query.Time:
	}
	return false
}
