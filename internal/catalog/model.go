package catalog

import (
	"github.com/go-dispatcher/dispatcher/internal/locale"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Catalog is a checked catalog: every name it mentions exists, every type fits. It is immutable; a
// reload makes a new one.
type Catalog struct {
	// Version identifies the content (a hash of all files), for caches and `explain`.
	Version  string
	Sources  map[string]*Source
	Datasets map[string]*Dataset
	Pages    map[string]*Page // by PageKey.String
}

// Labels are texts by language; "en" is the fallback.
type Labels map[string]string

// In returns the text in the language of a tag (ar-SA reads ar), else in English, else the name.
func (l Labels) In(tag, name string) string {
	for _, language := range []string{locale.Base(tag), "en"} {
		if s := l[language]; s != "" {
			return s
		}
	}
	return name
}

// PageKey names a page as strategies are looked up.
type PageKey struct {
	Product, Page string
}

// String returns "product/page", or the page alone.
func (k PageKey) String() string {
	if k.Product == "" {
		return k.Page
	}
	return k.Product + "/" + k.Page
}

// Page is a set of widgets that one request asks for.
type Page struct {
	Key   PageKey
	Label Labels
	// Description is what it shows.
	Description string
	Events      []string // further event names that this page accepts
	Widgets     []*Widget
	// Omit are widgets that a request for the whole page does not get, since their source is not configured here; asked by name,
	// they say so. Whoever serves the page sets it.
	Omit map[string]bool
	// Parameters are keys of a request that restrict its widgets.
	Parameters []PageParameter
	// Filters are the members that a request may filter by; empty means every dimension of the widgets' datasets.
	Filters []string
	// Budget is what the page may read for one request; nil is what the process says.
	Budget *Budget
	// NewestWins says that a later request of the same tenant and routing key takes the place of an earlier one.
	NewestWins bool
	// Custom is what requests may make widgets of their own of; nil is nothing.
	Custom *Custom
}

// Budget bounds what the queries of one request are estimated to read, all together; 0 is no bound.
type Budget struct {
	Rows, Bytes, Parts int64
}

// Custom is what widgets that requests describe may be over.
type Custom struct {
	Datasets []*Dataset // the first is that of a widget that names none
	// Where restricts the rows of a dataset, by its name, whatever the request says.
	Where map[string]query.Filter
}

// datasets are all that the page's widgets may be over.
func (p *Page) datasets() []*Dataset {
	var out []*Dataset
	for _, w := range p.Widgets {
		out = append(out, w.Dataset)
	}
	if p.Custom != nil {
		out = append(out, p.Custom.Datasets...)
	}
	return out
}

// PageParameter is a key of a request that restricts a page's widgets to the rows that have its value, or one of its values.
type PageParameter struct {
	Name     string
	Required bool
	// Dimensions are what has the value, by dataset. A dataset that is not here binds the key in its own query.
	Dimensions map[string]*Dimension
}

// Widget returns the widget of the given id.
func (p *Page) Widget(id string) (*Widget, bool) {
	for _, w := range p.Widgets {
		if w.ID == id {
			return w, true
		}
	}
	return nil, false
}
