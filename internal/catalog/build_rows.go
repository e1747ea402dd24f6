package catalog

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// tree checks that a tree's rows have names that can be compared.
func (b *builder) tree(w *Widget, v *value) {
	if w.Kind != TreeKind {
		return
	}
	for key, d := range map[string]*Dimension{"id": w.Tree.ID, "parent": w.Tree.Parent} {
		switch {
		case d != nil && (d.Field.Multi || d.Part != "" || d.Mask):
			b.faults.add(v.get(key).at, "", "widget %s: %s is not one value that names a row", w.ID, d.Name)
		}
	}
	if i, p := w.Tree.ID, w.Tree.Parent; i != nil && p != nil && i.Field.Type != p.Field.Type {
		b.faults.add(v.get("parent").at, "", "widget %s: %s is %s, and %s is %s: no row could answer another", w.ID, i.Name, i.Field.Type, p.Name, p.Field.Type)
	}
	for _, d := range w.Dimensions {
		if d.Link != nil {
			b.faults.add(v.at, "show it in a feed", "widget %s: a tree hands out no links, and %s is one", w.ID, d.Name)
		}
	}
	b.reserved(w, v)
}

// gaps reads what a feed shows of the row before: the feed is in the order of time, at least within what is apart.
func (b *builder) gaps(w *Widget, widget *value) {
	v := widget.get("gaps")
	if v == nil || w.Kind != Feed {
		return
	}
	g := &Gaps{By: b.named(w, v.get("by")), Within: b.named(w, v.get("within"))}
	for key, d := range map[string]*Dimension{"by": g.By, "within": g.Within} {
		switch {
		case d == nil:
		case d.Mask || d.Part != "" || d.Link != nil:
			b.faults.add(v.get(key).at, "", "widget %s: %s cannot be compared from row to row", w.ID, d.Name)
		case !slices.Contains(w.Dimensions, d):
			b.faults.add(v.get(key).at, "add it to dimensions", "widget %s does not show %s", w.ID, d.Name)
		}
	}
	sorted := w.Sort
	if g.Within != nil && len(sorted) > 0 && sorted[0].Name == g.Within.Name {
		sorted = sorted[1:]
	} else if g.Within != nil {
		sorted = nil
	}
	if len(sorted) == 0 || sorted[0].Desc || w.timeNamed(sorted[0].Name) == nil {
		b.faults.add(v.at, "sort by the dimension of the dataset's time, after what is within", "widget %s: gaps go with a feed in the order of time", w.ID)
		return
	}
	if d := widget.get("distinct_by"); d != nil {
		b.faults.add(d.at, "leave one of them out", "widget %s: rows that are left out have no gaps", w.ID)
	}
	w.Gaps = g
	b.reserved(w, v)
}

// timeNamed returns a shown dimension if it is the dataset's time.
func (w *Widget) timeNamed(name string) *Dimension {
	for _, d := range w.Dimensions {
		if t := w.Dataset.Time; t != nil && d.Name == name && d.Field.Column == t.Column && d.Part == "" && d.Field.Type == query.Time {
			return d
		}
	}
	return nil
}

// Clock returns the dimension whose values a feed's gaps are between; nil where it has none.
func (w *Widget) Clock() *Dimension {
	if w.Gaps == nil {
		return nil
	}
	for _, o := range w.Sort {
		if d := w.timeNamed(o.Name); d != nil {
			return d
		}
	}
	return nil
}

// cumulative checks that there is something to add up, and that its column has a name of its own.
func (b *builder) cumulative(w *Widget, v *value) {
	if !w.Cumulative || w.Kind != Timeseries && w.Kind != Histogram {
		return
	}
	if w.Kind == Timeseries && len(w.Dimensions) > 0 {
		b.faults.add(v.at, "leave the dimension out", "widget %s: a split time series has no sums so far", w.ID)
	}
	b.beside(w, v, CumulativeSuffix, "add up", "what has come of")
}
