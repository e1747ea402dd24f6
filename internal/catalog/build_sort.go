package catalog

import (
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// sort reads the order of a widget's rows.
func (b *builder) sort(w *Widget, v *value) {
	known := w.sortable(func(d *Dimension) bool { return !d.Mask }) // its order would tell what it hides
	for _, x := range v.all() {
		name, desc := strings.CutPrefix(x.text, "-")
		if !slices.Contains(known, name) {
			b.unknown(x, "column to sort by", name, known)
			continue
		}
		w.Sort = append(w.Sort, query.Order{Name: name, Desc: desc})
	}
}

// sortables reads what requests may sort by. Lists have no order that anyone would ask for, and keys of objects are not shown.
func (b *builder) sortables(w *Widget, v *value) {
	if w.Kind != Table && w.Kind != Feed {
		return
	}
	w.Sortable = make(map[string]string)
	known := w.sortable(func(d *Dimension) bool { return !d.Mask && !d.Field.Multi && d.Link == nil })
	for _, e := range v.entries() {
		if !slices.Contains(known, e.val.text) {
			b.unknown(e.val, "column to sort by", e.val.text, known)
			continue
		}
		w.Sortable[e.name] = e.val.text
	}
	if v == nil {
		for _, name := range known {
			w.Sortable[name] = name
		}
	}
}

// distinct reads by which columns rows are doubles of others. A masked one would tell which texts are the same.
func (b *builder) distinct(w *Widget, v *value) {
	if w.Kind != Feed {
		return
	}
	known := w.sortable(func(d *Dimension) bool { return !d.Mask && !d.Field.Multi })
	for _, x := range v.all() {
		if !slices.Contains(known, x.text) {
			b.unknown(x, "column to be distinct by", x.text, known)
			continue
		}
		w.Distinct = append(w.Distinct, x.text)
	}
}

// sortable returns the names of the widget's columns, with the dimensions that may be among them.
func (w *Widget) sortable(may func(*Dimension) bool) (names []string) {
	for _, d := range w.Dimensions {
		if may(d) {
			names = append(names, d.Name)
		}
	}
	for _, m := range w.Measures {
		names = append(names, m.Name)
	}
	return names
}
