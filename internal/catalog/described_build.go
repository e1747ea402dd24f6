package catalog

import (
	"errors"
	"slices"
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

// time reads the time dimension: its range, what that is compared with, and the grain.
func (d *describer) time() (grain *value) {
	all := d.sent.get("timeDimensions").all()
	for i, x := range all {
		if i > 0 {
			d.faults.add(x.at, "filter by others with inDateRange", "a widget has one time dimension")
			break
		}
		dim := x.get("dimension")
		if dim == nil || !d.isTime(dim) {
			continue
		}
		ranges, both := x.get("dateRange"), x.get("compareDateRange")
		switch {
		case both == nil && ranges != nil:
			d.made.Range = d.span(ranges)
		case both == nil:
		case ranges != nil:
			d.faults.add(both.at, "keep one of them", "compareDateRange holds both ranges, and dateRange is there, too")
		case both.kind != list || len(both.items) != 2:
			d.faults.add(both.at, "for example [[\"2024-02-01\", \"2024-02-29\"], [\"2024-01-01\", \"2024-01-31\"]]", "compareDateRange is a list of two ranges")
		default:
			d.made.Range, d.made.Against = d.span(both.items[0]), d.span(both.items[1])
			// Whether the kind compares is checked as for the catalog's own comparisons.
			d.put("compare", &value{at: both.at, kind: text, text: string(PriorPeriod)})
		}
		grain = x.get("granularity")
	}
	return grain
}

// isTime says whether a name is that of the dataset's time.
func (d *describer) isTime(x *value) bool {
	m := d.member(x)
	if m == nil {
		return false
	}
	tf := d.dataset.Time
	if tf == nil {
		d.faults.add(x.at, "", "dataset %s has no time", d.dataset.Name)
		return false
	}
	dim := d.dataset.Dimensions[m.text]
	switch {
	case m.text == tf.Column, dim != nil && dim.Field.Column == tf.Column && dim.Part == "":
		return true
	case dim != nil && !dim.Hidden && !dim.Mask:
		d.faults.add(x.at, "filter by it with inDateRange", "%s is not the time of dataset %s", m.text, d.dataset.Name)
	default:
		d.unknown(x, "time dimension", m.text, []string{tf.Column})
	}
	return false
}

// span reads a range: a word for it, one day, or a start and an end.
func (d *describer) span(v *value) Span {
	s := Span{Place: v.at.file}
	for _, x := range v.all() {
		if x.kind != text && x.kind != integer {
			s.Texts = nil
			break
		}
		s.Texts = append(s.Texts, x.text)
	}
	if len(s.Texts) != 1 && len(s.Texts) != 2 {
		d.faults.add(v.at, `for example ["2024-01-01", "2024-01-31"]`, "a range is a start and an end, one day, or a word such as last month")
	}
	return s
}

// paging says limit and offset as the kind has them.
func (d *describer) paging(kind Kind) {
	limit, offset := d.sent.get("limit"), d.sent.get("offset")
	switch kind {
	case Table, Feed:
		d.made.Limited, d.made.Offset = limit != nil, offset.int(0)
		d.put("page_size", limit)
		return
	case Breakdown, Timeseries:
		if limit != nil && d.sent.get("top") != nil {
			d.faults.add(limit.at, "keep one of them", "limit and top are the same for a %s", kind)
		} else {
			d.put("top", limit)
		}
	default:
		d.put("limit", limit) // which does not go with it
	}
	d.put("offset", offset)
}

// order reads [["posts", "desc"]], {"posts": "desc"}, ["-posts"], or one of these names.
func (d *describer) order(kind Kind) *value {
	v := d.sent.get("order")
	if v == nil {
		return nil
	}
	out := &value{at: v.at, kind: list}
	for _, e := range v.entries() {
		d.ordered(out, &value{at: e.at, kind: text, text: e.name}, e.val, kind)
	}
	if v.kind != mapping {
		for _, x := range v.all() {
			switch {
			case x.kind == text:
				d.ordered(out, x, nil, kind)
			case x.kind == list && len(x.items) == 2:
				d.ordered(out, x.items[0], x.items[1], kind)
			case x.kind == mapping && len(x.keys) > 0: // [{"id": "posts", "desc": true}]
				d.ordered(out, x.get("id"), x.get("desc"), kind)
			default:
				d.ordered(out, nil, x, kind)
			}
		}
	}
	if len(out.items) == 0 {
		return nil
	}
	return out
}

// ordered adds one member to the order. A series is in the order of its time, which it may say.
func (d *describer) ordered(out, x, direction *value, kind Kind) {
	const hint = `for example {"posts": "desc"} or ["-posts"]`
	if x == nil || x.kind != text {
		d.faults.add(d.sent.get("order").at, hint, "order names members with asc or desc")
		return
	}
	name, desc := strings.CutPrefix(x.text, "-")
	switch word := strings.ToLower(direction.str("asc")); {
	case word == "desc", direction != nil && direction.kind == boolean && direction.yes:
		desc = !desc
	case word != "asc" && word != "none" && (direction == nil || direction.kind != boolean):
		d.faults.add(direction.at, hint, "order is asc or desc, not %q", clip(word))
		return
	}
	if !memberRE.MatchString(name) {
		d.faults.add(x.at, hint, "order names members with asc or desc")
		return
	}
	plain := *x
	plain.text = name
	m := d.member(&plain)
	if m == nil {
		return
	}
	if dim := d.dataset.Dimensions[m.text]; kind == Timeseries && !desc && d.dataset.Time != nil &&
		(m.text == d.dataset.Time.Column || dim != nil && dim.Field.Column == d.dataset.Time.Column) {
		return
	}
	named := *m
	if named.text = m.text; desc {
		named.text = "-" + m.text
	}
	if !slices.ContainsFunc(out.items, func(o *value) bool { return strings.TrimPrefix(o.text, "-") == m.text }) {
		out.items = append(out.items, &named)
	}
}
