package catalog

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// shape is what a widget kind needs and allows.
type shape struct {
	measures         bool
	minDims, maxDims int
	keys             []string // beyond those that every widget has
	time             bool
	needs            []need
}

// need is a key that a kind cannot do without, what it is in messages, and an example.
type need struct{ key, what, hint string }

func kinds() []string {
	return []string{"stat", "timeseries", "breakdown", "table", "feed", "histogram", "heatmap", "alert", "trend", "keyness", "tree"}
}

func compares(k Kind) bool { return k == Stat || k == Timeseries || k == Breakdown }

func shapes() map[Kind]shape {
	return map[Kind]shape{
		Stat:       {measures: true, keys: []string{"compare"}},
		Timeseries: {measures: true, maxDims: 1, time: true, keys: []string{"compare", "grain", "top", "others", "share", "cumulative"}},
		Breakdown:  {measures: true, minDims: 1, maxDims: 1, keys: []string{"compare", "top", "others", "sort", "share"}},
		Table:      {measures: true, minDims: 1, maxDims: 16, keys: []string{"sort", "sortable", "page_size", "total"}},
		Feed:       {minDims: 1, maxDims: 64, keys: []string{"sort", "distinct_by", "sortable", "page_size", "total", "gaps"}},
		Histogram: {measures: true, minDims: 1, maxDims: 1, keys: []string{"bins", "cumulative"},
			needs: []need{{"bins", "bins", "for example bins: {start: 0, width: 10, count: 20}"}}},
		Heatmap: {measures: true, minDims: 2, maxDims: 2},
		AlertKind: {measures: true, maxDims: 64, time: true, keys: []string{"alert", "top", "sort", "page_size"},
			needs: []need{{"alert", "a rule", "for example alert: {rule: threshold, window: 24h, at_least: 100}"}}},
		TrendKind: {measures: true, minDims: 1, maxDims: 1, time: true, keys: []string{"window", "history", "minimum", "sample", "top"}},
		Keyness:   {measures: true, minDims: 1, maxDims: 1, keys: []string{"direction", "minimum", "top"}},
		TreeKind: {minDims: 1, maxDims: 64, time: true, keys: []string{"id", "parent", "depth", "page_size"},
			needs: []need{{"id", "id", "for example id: id, parent: reply_to"}, {"parent", "parent", "for example id: id, parent: reply_to"}}},
	}
}

// shape checks a widget against its kind. What is missing is reported only where the file does not set it:
// a wrong name is reported already.
func (b *builder) shape(w *Widget, v *value) {
	s, ok := shapes()[w.Kind]
	if !ok {
		return
	}
	for _, e := range v.keys {
		none := e.name == "compare" && e.val.text == "none"
		if !none && !slices.Contains(commonKeys(), e.name) && !slices.Contains(s.keys, e.name) {
			b.faults.add(e.at, "", "%s does not go with %s", e.name, a(w.Kind))
		}
	}
	if measures := v.get("measures"); s.measures && (measures == nil && !v.wrote("measures") || measures != nil && len(measures.items) == 0) {
		b.faults.add(v.at, "", "widget %s: %s needs at least one measure", w.ID, a(w.Kind))
	} else if !s.measures && measures != nil {
		b.faults.add(measures.at, "list its columns as dimensions", "measures do not go with %s", a(w.Kind))
	}
	n := len(v.get("dimensions").all()) + len(v.get("dimension").all())
	switch wrote := v.wrote("dimension") || v.wrote("dimensions"); {
	case n < s.minDims && (!wrote || n > 0 || v.get("dimensions") != nil):
		b.faults.add(v.at, "", "widget %s: %s needs %s", w.ID, a(w.Kind), dimensions(s.minDims, s.maxDims))
	case n > s.maxDims:
		b.faults.add(v.at, "", "widget %s: %s takes %s, not %d", w.ID, a(w.Kind), dimensions(s.minDims, s.maxDims), n)
	}
	for _, need := range s.needs {
		if !v.wrote(need.key) {
			b.faults.add(v.at, need.hint, "widget %s: %s needs %s", w.ID, a(w.Kind), need.what)
		}
	}
	if s.time && w.Dataset.Time == nil {
		b.faults.add(v.at, "give the dataset a time", "widget %s: %s needs a dataset with time", w.ID, a(w.Kind))
	}
	if w.Compare != NoCompare && !w.Dataset.Timed() && v.get("compare") != nil {
		b.faults.add(v.get("compare").at, "give the dataset a time", "widget %s: a comparison needs a dataset with time", w.ID)
	}
	if w.Kind == Histogram {
		b.histogram(w, v)
	}
	b.share(w, v.get("share"))
	b.others(w, v.get("others"))
	b.terms(w, v)
	b.tree(w, v)
	b.cumulative(w, v.get("cumulative"))
}

// a is a kind with its article.
func a(k Kind) string {
	if k == AlertKind {
		return "an " + string(k)
	}
	return "a " + string(k)
}

func dimensions(low, high int) string {
	switch {
	case high == 0:
		return "no dimension"
	case low == 0:
		return "at most one dimension"
	case high == 1:
		return "one dimension"
	case low == high:
		return "two dimensions"
	}
	return "at least one dimension"
}

func (b *builder) histogram(w *Widget, v *value) {
	if len(w.Dimensions) != 1 {
		return
	}
	w.BinField, w.Dimensions = w.Dimensions[0], nil
	if t := w.BinField.Field.Type; t != query.Int && t != query.Float || w.BinField.Field.Multi {
		b.faults.add(v.at, "", "widget %s: a histogram needs a dimension that is a number; %s is %s", w.ID, w.BinField.Name, t)
	}
}
