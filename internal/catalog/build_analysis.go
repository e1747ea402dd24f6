package catalog

import (
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// analysis reads the keys of the analytical widgets.
func (b *builder) analysis(w *Widget, v *value) {
	w.Minimum = v.get("minimum").int(5)
	w.Direction = Direction(v.get("direction").str(string(Over)))
	w.Cumulative = v.get("cumulative").bool(false)
	if w.Kind == TreeKind {
		w.Tree = Tree{ID: b.named(w, v.get("id")), Parent: b.named(w, v.get("parent")), Depth: v.get("depth").int(10)}
		w.PageSize = v.get("page_size").int(200)
	}
	if w.Kind == TrendKind {
		w.Trend = Trend{Window: Grain(v.get("window").str("")), History: v.get("history").int(8), Sample: b.named(w, v.get("sample"))}
	}
}

// named resolves a dimension that a key names.
func (b *builder) named(w *Widget, v *value) *Dimension {
	if v == nil {
		return nil
	}
	d, ok := w.Dataset.Dimensions[v.text]
	if !ok {
		b.unknown(v, "dimension", v.text, sortedKeys(w.Dataset.Dimensions))
	}
	return d
}

// terms checks a widget over the values of one dimension that counts rows by its first measure.
func (b *builder) terms(w *Widget, v *value) {
	if w.Kind != TrendKind && w.Kind != Keyness || len(w.Measures) == 0 {
		return
	}
	counted := w.Measures[0]
	if counted.Query.Agg != query.Count {
		b.faults.add(v.get("measures").at, "name a measure with agg: count first", "widget %s: a %s counts rows; %s is no count", w.ID, w.Kind, counted.Name)
	}
	if w.Kind == Keyness && len(w.Measures) > 1 {
		b.faults.add(v.get("measures").at, "", "widget %s: a keyness takes one measure, not %d", w.ID, len(w.Measures))
	}
	if j := w.Dataset.Join; w.Kind == Keyness && j != nil && slices.ContainsFunc(j.Inputs, func(in *JoinInput) bool { return in.Filtered }) {
		b.faults.add(v.at, "ask a dataset whose filters are on its own rows", "widget %s: an input of %s takes the request's filters, so that there are no other rows to compare with", w.ID, w.Dataset.Name)
	}
	if t := w.Trend.Window; w.Kind == TrendKind && t != "" && slices.Index(grains(), string(t)) < slices.Index(grains(), string(w.Dataset.SmallestGrain)) {
		b.faults.add(v.get("window").at, "", "widget %s: window %s is finer than dataset %s has data: its smallest_time_grain is %s", w.ID, t, w.Dataset.Name, w.Dataset.SmallestGrain)
	}
	for _, d := range w.Dimensions {
		if d.Field.Type != query.String || d.Part != "" {
			b.faults.add(v.at, "", "widget %s: the terms of a %s are texts; %s is none", w.ID, w.Kind, d.Name)
		}
	}
	if s := w.Trend.Sample; s != nil && s.Part != "" {
		b.faults.add(v.get("sample").at, "", "widget %s: %s is a part of a time, which no row shows", w.ID, s.Name)
	}
	b.reserved(w, v)
}

// reserved sees that no column of a widget has the name of one that its kind adds.
func (b *builder) reserved(w *Widget, v *value) {
	own := map[Kind][]string{
		TrendKind: {ColumnScore, ColumnMean, ColumnDeviation, ColumnReason, ColumnFirstSeen, ColumnLastSeen, ColumnSample},
		Keyness:   {ColumnKeyness, ColumnLogRatio, ColumnUse},
		TreeKind:  {ColumnNode, ColumnParent, ColumnDepth, ColumnChildren, ColumnOrphan},
		Feed:      {ColumnGap, ColumnRepliesTo},
	}[w.Kind]
	names := make([]string, 0, len(w.Dimensions)+len(w.Measures))
	for _, d := range w.Dimensions {
		names = append(names, d.Name)
	}
	for _, m := range w.Measures {
		names = append(names, m.Name)
	}
	for _, name := range names {
		if slices.Contains(own, name) || w.Kind == TrendKind && strings.HasPrefix(name, WindowPrefix) {
			b.faults.add(v.at, "rename it in its dataset", "widget %s: %s is a column that a %s adds", w.ID, name, w.Kind)
		}
	}
}
