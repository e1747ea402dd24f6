package catalog

import (
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// pageKey reads "Product/Page", or a page with its product beside it.
func pageKey(e entry) PageKey {
	if product, page, ok := strings.Cut(e.name, "/"); ok {
		return PageKey{Product: product, Page: page}
	}
	return PageKey{Product: e.val.get("product").str(""), Page: e.name}
}

func (b *builder) page(e entry) *Page {
	v := e.val
	p := &Page{Key: pageKey(e), Label: v.get("label").labels(e.name), Description: v.get("description").str(""), NewestWins: v.get("newest_wins").bool(false)}
	if pr := v.get("product"); pr != nil && pr.text != p.Key.Product {
		b.faults.add(pr.at, "", "page %s is of product %q by its key, not %q", e.name, p.Key.Product, pr.text)
	}
	for _, ev := range v.get("events").all() {
		p.Events = append(p.Events, ev.text)
	}
	if ds := v.get("dataset"); ds != nil && b.cat.Datasets[ds.text] == nil {
		b.unknown(ds, "dataset", ds.text, sortedKeys(b.cat.Datasets))
	}
	widgets := v.get("widgets")
	if widgets != nil && len(widgets.keys) == 0 && !b.anyFault(widgets) {
		b.faults.add(widgets.at, "", "page %s has no widgets", e.name)
	}
	for _, w := range widgets.entries() {
		p.Widgets = append(p.Widgets, b.widget(w, v))
	}
	if v := v.get("budget"); v != nil {
		p.Budget = &Budget{Rows: int64(v.get("rows").int(0)), Bytes: int64(v.get("bytes").int(0)), Parts: int64(v.get("parts").int(0))}
	}
	p.Custom = b.custom(v.get("custom"))
	for _, e := range v.get("parameters").entries() {
		p.Parameters = append(p.Parameters, b.pageParameter(e, p))
	}
	for _, f := range v.get("filters").all() {
		p.Filters = append(p.Filters, f.text)
		known, found := map[string]bool{}, false
		for _, d := range p.datasets() {
			if d != nil {
				for name := range d.Dimensions {
					known[name] = true
				}
			}
		}
		if found = known[f.text]; !found {
			b.unknown(f, "dimension", f.text, sortedKeys(known))
		}
	}
	return p
}

// anyFault says whether something at or below v's place was reported already.
func (b *builder) anyFault(v *value) bool {
	for _, f := range b.faults.list {
		if f.File == v.at.file && f.Line >= v.at.line {
			return true
		}
	}
	return false
}

func (b *builder) widget(e entry, page *value) *Widget {
	v := e.val
	w := &Widget{
		ID: e.name, Kind: Kind(v.get("kind").str("")), Title: v.get("title").labels(e.name),
		Description: v.get("description").labels(""),
		Top:         v.get("top").int(10), Others: v.get("others").bool(false), Share: v.get("share").bool(false),
		PageSize: v.get("page_size").int(50), Total: v.get("total").bool(false),
	}
	b.widgetDataset(w, v, page)
	if w.Kind == Timeseries {
		w.Grain = Grain(v.get("grain").str(string(Auto)))
		if d := w.Dataset; d != nil && w.Grain != Auto && slices.Index(grains(), string(w.Grain)) < slices.Index(grains(), string(d.SmallestGrain)) {
			b.faults.add(v.get("grain").at, "ask for "+string(d.SmallestGrain)+" or longer",
				"widget %s: grain %s is finer than dataset %s has data: its smallest_time_grain is %s", w.ID, w.Grain, d.Name, d.SmallestGrain)
		}
	}
	compare := v.get("compare")
	if compare == nil && compares(w.Kind) {
		compare = page.get("compare")
	}
	if compare != nil && compare.text != "none" {
		w.Compare = Compare(compare.text)
	}
	if w.Dataset == nil {
		return w
	}
	b.columns(w, v)
	b.rates(w)
	w.Where = b.condition(v.get("where"), "where", w.Dataset)
	if bins := v.get("bins"); bins != nil {
		w.Bins = &query.Bins{Start: bins.get("start").float(), Width: bins.get("width").float(), Count: bins.get("count").int(0)}
	}
	b.analysis(w, v)
	b.shape(w, v)
	b.alert(w, v)
	b.sort(w, v.get("sort"))
	b.sortables(w, v.get("sortable"))
	b.distinct(w, v.get("distinct_by"))
	b.gaps(w, v)
	return w
}

func (b *builder) widgetDataset(w *Widget, v, page *value) {
	ds := v.get("dataset")
	switch {
	case ds != nil:
		if w.Dataset = b.cat.Datasets[ds.text]; w.Dataset == nil {
			b.unknown(ds, "dataset", ds.text, sortedKeys(b.cat.Datasets))
		}
	case page.get("dataset") != nil:
		w.Dataset = b.cat.Datasets[page.get("dataset").text] // reported once, at the page
	case !v.wrote("dataset") && !page.wrote("dataset"):
		b.faults.add(v.at, "name one here or at the page", "widget %s has no dataset", w.ID)
	}
}

// columns resolves measures and dimensions.
func (b *builder) columns(w *Widget, v *value) {
	seen := map[string]bool{}
	twice := func(x *value) bool {
		if seen[x.text] {
			b.faults.add(x.at, "name a column once", "widget %s has %q twice", w.ID, x.text)
			return true
		}
		seen[x.text] = true
		return false
	}
	dims := v.get("dimensions").all()
	if d := v.get("dimension"); d != nil {
		if len(dims) > 0 {
			b.faults.add(d.at, "keep one of them", "widget %s has both dimension and dimensions", w.ID)
		}
		dims = append(dims, d)
	}
	for _, x := range dims {
		d, ok := w.Dataset.Dimensions[x.text]
		if !ok {
			b.unknown(x, "dimension", x.text, sortedKeys(w.Dataset.Dimensions))
		} else if d.Mask && w.Kind != Feed && w.Kind != TreeKind && (w.Kind != AlertKind || v.get("dimension") != nil) {
			b.faults.add(x.at, "show it in a feed", "widget %s: %s is masked, and cannot be grouped by", w.ID, x.text)
		} else if !twice(x) {
			w.Dimensions = append(w.Dimensions, d)
		}
	}
	for _, x := range v.get("measures").all() {
		m, ok := w.Dataset.Measures[x.text]
		if !ok {
			b.unknown(x, "measure", x.text, sortedKeys(w.Dataset.Measures))
		} else if !twice(x) {
			w.Measures = append(w.Measures, m)
		}
	}
}
