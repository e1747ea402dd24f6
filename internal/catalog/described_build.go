package catalog

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// describer makes one widget of a query: it says the query in the catalog's words, and has it built and checked as the catalog's widgets are.
type describer struct {
	*builder
	page    *Page
	sent    *value // the query
	out     *value // the widget
	made    *DescribedWidget
	dataset *Dataset
}

func (p *Page) describe(e entry) *DescribedWidget {
	made := &DescribedWidget{ID: e.name, Place: e.at.file + ".filters"}
	d := &describer{builder: &builder{faults: &faults{}}, page: p, sent: e.val, made: made, out: &value{at: e.at, kind: mapping}}
	if !describedRE.MatchString(e.name) {
		d.faults.add(e.at, "it must match "+describedRE.String(), "%q is not a valid widget id", clip(e.name))
	}
	spell(e.val)
	if d.faults.check(e.val, describedSpec(), "the widget") && d.of() {
		d.build()
	}
	if made.Err, _ = errors.AsType[Errors](d.faults.err()); made.Err != nil {
		made.Widget = nil
	}
	return made
}

// of finds the dataset: the one that is named, that of the first member which says it, or the page's first.
func (d *describer) of() bool {
	at, name := d.sent, d.page.Custom.Datasets[0].Name
	if x := d.sent.get("dataset"); x != nil {
		at, name = x, x.text
	} else {
		all := append(d.sent.get("measures").all(), d.sent.get("dimensions").all()...)
		for _, x := range d.sent.get("timeDimensions").all() {
			if dim := x.get("dimension"); dim != nil {
				all = append(all, dim)
			}
		}
		for _, x := range all {
			if dataset, _, ok := strings.Cut(x.text, "."); ok {
				at, name = x, dataset
				break
			}
		}
	}
	var known []string
	for _, o := range d.page.Custom.Datasets {
		if known = append(known, o.Name); o.Name == name {
			d.dataset = o
		}
	}
	if d.dataset == nil {
		d.unknown(at, "dataset", name, known)
		return false
	}
	// What is hidden or masked is not there for a request.
	shown := *d.dataset
	shown.Dimensions = make(map[string]*Dimension)
	for name, dim := range d.dataset.Dimensions {
		if !dim.Hidden && !dim.Mask {
			shown.Dimensions[name] = dim
		}
	}
	d.cat = &Catalog{Datasets: map[string]*Dataset{name: &shown}}
	return true
}

// put adds a key of the catalog's.
func (d *describer) put(name string, v *value) {
	if v != nil {
		d.out.keys = append(d.out.keys, entry{name: name, at: v.at, val: v})
	}
}

func (d *describer) build() {
	measures, dims := d.members("measures"), d.members("dimensions")
	if measures != nil && len(measures.items) > maxMeasures {
		d.faults.add(measures.at, "", "a widget has at most %d measures", maxMeasures)
	}
	grain := d.time()
	kind := d.kind(measures, dims, grain)
	d.put("kind", &value{at: d.sent.at, kind: text, text: string(kind)})
	d.put("dataset", &value{at: d.sent.at, kind: text, text: d.dataset.Name})
	d.put("measures", measures)
	d.put("dimensions", dims)
	d.put("grain", grain)
	for _, key := range []string{"title", "total", "top", "others", "share", "bins"} {
		d.put(key, d.sent.get(key))
	}
	if d.made.Against.Texts == nil {
		d.put("compare", d.sent.get("compare"))
	}
	d.paging(kind)
	d.put("sort", d.order(kind))
	for _, e := range d.out.keys {
		d.out.written = append(d.out.written, e.name)
	}
	if len(d.faults.list) > 0 {
		d.out.written = append(d.out.written, d.sent.written...) // what is there and wrong was reported
	}
	w := d.widget(entry{name: d.made.ID, at: d.out.at, val: d.out}, nil)
	for _, title := range w.Title {
		if utf8.RuneCountInString(title) > maxTitle {
			d.faults.add(d.sent.get("title").at, "", "a title has at most %d letters", maxTitle)
		}
	}
	w.Dataset, w.Where = d.dataset, d.page.Custom.Where[d.dataset.Name]
	if d.made.Against.Texts != nil {
		w.Compare = Given
	}
	d.made.Widget, d.made.Zone = w, d.sent.get("timezone").str("")
	if f := d.sent.get("filters"); f != nil {
		d.made.Filters = f.plain()
	}
}

// members returns the names of a list without their dataset.
func (d *describer) members(key string) *value {
	v := d.sent.get(key)
	if v == nil {
		return nil
	}
	out := &value{at: v.at, kind: list}
	for _, x := range v.all() {
		if m := d.member(x); m != nil {
			out.items = append(out.items, m)
		}
	}
	if len(out.items) == 0 {
		return nil // Cube sends empty lists
	}
	return out
}

// member returns a name without its dataset, which has to be the widget's.
func (d *describer) member(x *value) *value {
	dataset, name, ok := strings.Cut(x.text, ".")
	if !ok {
		return x
	}
	if dataset != d.dataset.Name {
		d.faults.add(x.at, "make a widget for each", "%s is of another dataset than the widget, which is over %s", x.text, d.dataset.Name)
		return nil
	}
	out := *x
	out.text = name
	return &out
}

// kind is the widget's: what the query says, or what its members make it.
func (d *describer) kind(measures, dims, grain *value) Kind {
	switch {
	case d.sent.get("kind") != nil:
		return Kind(d.sent.get("kind").text)
	case d.sent.get("ungrouped").bool(false), measures == nil && dims != nil:
		return Feed
	case grain != nil:
		return Timeseries
	case dims == nil:
		return Stat
	case len(dims.items) == 1:
		return Breakdown
	}
	return Table
}
