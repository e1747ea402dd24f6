package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of what a request may describe.
const (
	maxDescribed      = 100
	maxDescribedBytes = 256 << 10
)

// Described are the widgets that a request describes in its metrics, in order.
type Described struct {
	Widgets []*DescribedWidget
	// Loose says that metrics is there and describes no widget: a list of names, say, or the page is not open to it.
	Loose bool
}

// DescribedWidget is one of them. What concerns the request's own time, rows and page is read by who plans it.
type DescribedWidget struct {
	ID string
	// Widget is as one of the catalog, over the page's Custom datasets; nil beside an Err, which says all that is wrong with it, by place.
	Widget *Widget
	Err    Errors
	// Filters are its own, on top of the request's, as encoding/json has them; Place is where they stand.
	Filters any
	Place   string
	// Range is its own, where it is set, and Against what it is compared with, where Widget.Compare is Given.
	Range, Against Span
	// Zone is its own; empty is the request's. Limited says that Widget.PageSize is; Offset is how many rows come before its first page.
	Zone    string
	Limited bool
	Offset  int
}

// Span is a range of dates as it was written: its ends, or one word for it.
type Span struct {
	Texts []string
	Place string
}

// Describe reads metrics: an object of queries by widget id, a list of them, or one. The error is of the whole; what is wrong with one
// widget is in its Err.
func (p *Page) Describe(metrics []byte) (*Described, error) {
	d := &Described{Loose: len(metrics) > 0}
	if !d.Loose || p.Custom == nil {
		return d, nil
	}
	if len(metrics) > maxDescribedBytes {
		return nil, fmt.Errorf("metrics has %d bytes, more than the limit of %d", len(metrics), maxDescribedBytes)
	}
	v, err := readJSON(metrics, "metrics")
	if err != nil {
		return nil, err
	}
	all := queriesOf(v)
	if len(all) > maxDescribed {
		return nil, fmt.Errorf("metrics describes %d widgets, more than the limit of %d", len(all), maxDescribed)
	}
	d.Loose = len(all) == 0
	for _, e := range all {
		i := slices.IndexFunc(d.Widgets, func(w *DescribedWidget) bool { return w.ID == e.name })
		if i < 0 {
			d.Widgets = append(d.Widgets, p.describe(e))
			continue
		}
		d.Widgets[i].Widget, d.Widgets[i].Err = nil, Errors{{File: e.at.file, Message: "widget " + clip(e.name) + " is described twice"}}
	}
	return d, nil
}

// Find returns the widget of a name, or nil.
func (d *Described) Find(name string) *DescribedWidget {
	return named(d.Widgets, name, func(w *DescribedWidget) string { return w.ID })
}

// Find returns the widget of a name, or nil.
func (p *Page) Find(name string) *Widget {
	return named(p.Widgets, name, func(w *Widget) string { return w.ID })
}

// named returns what has a name, as a request may write it: without regard to case, and after the page's own (Page__Widget).
func named[T any](all []*T, name string, id func(*T) string) *T {
	for _, x := range all {
		if id(x) == name {
			return x
		}
	}
	if _, after, ok := strings.Cut(name, "__"); ok {
		name = after
	}
	for _, x := range all {
		if strings.EqualFold(id(x), name) {
			return x
		}
	}
	return nil
}

// queriesOf returns the queries by the ids of their widgets; none where metrics holds something else. One of a list that has no id is
// called by its place: w1, w2.
func queriesOf(v *value) []entry {
	switch {
	case isQuery(v):
		return []entry{{name: "w1", at: v.at, val: v}}
	case v.kind == mapping && slices.ContainsFunc(v.keys, func(e entry) bool { return isQuery(e.val) }):
		return v.keys
	case v.kind == list && slices.ContainsFunc(v.items, isQuery):
		out := make([]entry, len(v.items))
		for i, x := range v.items {
			out[i] = entry{name: x.get("id").str(fmt.Sprint("w", i+1)), at: x.at, val: x}
		}
		return out
	}
	return nil
}

// isQuery says that v has what only queries have.
func isQuery(v *value) bool {
	return v.kind == mapping && slices.ContainsFunc(v.keys, func(e entry) bool {
		switch canonical(e.name) {
		case "measures", "dimensions", "timeDimensions", "dataset", "kind":
			return e.val.kind == list || e.val.kind == text
		}
		return false
	})
}
