package api

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
)

// PageParameter is a key of eventData that restricts the page.
type PageParameter struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	// Label is that of the dimension that has the value, where the page says which one that is.
	Label string `json:"label,omitempty"`
	// Values is where a required one's values are found: at a page that needs nothing, if the caller may ask one that has them.
	Values string `json:"values,omitempty"`
}

// parametersOf lists the parameters of a page. Values of a required one cannot be asked of the page itself, which is about one of them.
func parametersOf(p *catalog.Page, cat *catalog.Catalog, who *caller.Caller, language string) []PageParameter {
	out := []PageParameter{}
	for _, param := range p.Parameters {
		row := PageParameter{Name: param.Name, Required: param.Required}
		for _, d := range p.Datasets() {
			dim := param.Dimensions[d.Name]
			if dim == nil {
				continue
			}
			row.Label = cmp.Or(row.Label, dim.Label.In(language, dim.Name))
			if param.Required && row.Values == "" {
				row.Values = elsewhere(cat, d, dim, who)
			}
		}
		out = append(out, row)
	}
	return out
}

// elsewhere is where the values of a dimension are found at the first page that needs no parameter.
func elsewhere(cat *catalog.Catalog, d *catalog.Dataset, dim *catalog.Dimension, who *caller.Caller) string {
	for _, page := range inOrder(cat) {
		needs := slices.ContainsFunc(page.Parameters, func(p catalog.PageParameter) bool { return p.Required })
		if needs || !who.MayAsk(page.Key.Page) || !slices.ContainsFunc(page.Datasets(), func(own *catalog.Dataset) bool { return own.Name == d.Name }) {
			continue
		}
		if slices.ContainsFunc(page.Members(d), func(m *catalog.Dimension) bool { return m.Name == dim.Name }) {
			return valuesLink(page, dim)
		}
	}
	return ""
}

// inOrder are the pages of a catalog, by product and name.
func inOrder(cat *catalog.Catalog) []*catalog.Page {
	return slices.SortedFunc(maps.Values(cat.Pages), func(x, y *catalog.Page) int {
		return cmp.Or(strings.Compare(x.Key.Product, y.Key.Product), strings.Compare(x.Key.Page, y.Key.Page))
	})
}
