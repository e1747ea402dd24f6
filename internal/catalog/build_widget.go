package catalog

import "slices"

// share checks that there is something to have a share of, and that its column has a name of its own.
func (b *builder) share(w *Widget, v *value) {
	if v == nil || !w.Share || w.Kind != Timeseries && w.Kind != Breakdown {
		return
	}
	if w.Kind == Timeseries && len(w.Dimensions) == 0 {
		b.faults.add(v.at, "name the dimension that splits it", "widget %s: a share is of a group; a timeseries without a dimension has none", w.ID)
	}
	b.beside(w, v, ShareSuffix, "have shares", "the share of")
}

// beside checks that there are counts or sums to add columns beside, and that each of these has a name of its own. does and of say in a fault
// what the columns are.
func (b *builder) beside(w *Widget, v *value, suffix, does, of string) {
	if len(w.Measures) > 0 && !slices.ContainsFunc(w.Measures, (*Measure).Additive) {
		b.faults.add(v.at, "add a measure that is a count or a sum", "widget %s: only counts and sums %s", w.ID, does)
	}
	for _, m := range w.Measures {
		name := m.Name + suffix
		if m.Additive() && slices.ContainsFunc(w.Measures, func(o *Measure) bool { return o.Name == name }) {
			b.faults.add(v.at, "rename the measure", "widget %s: %s %s is a column %s, which is a measure too", w.ID, of, m.Name, name)
		}
	}
}

// others checks that the rest of a series can be added up: its groups are all there, and their rows are not.
func (b *builder) others(w *Widget, v *value) {
	if v == nil || !w.Others || w.Kind != Timeseries {
		return
	}
	if len(w.Dimensions) == 0 {
		b.faults.add(v.at, "name the dimension that splits it", "widget %s: others are groups; a timeseries without a dimension has none", w.ID)
		return
	}
	if w.Dimensions[0].Field.Multi {
		b.faults.add(v.at, "leave it out", "widget %s: the others of a series are added up, and %s has a row in several groups", w.ID, w.Dimensions[0].Name)
	}
	for _, m := range w.Measures {
		if !m.Additive() {
			b.faults.add(v.at, "show counts and sums alone", "widget %s: the others of a series are added up, which %s cannot be", w.ID, m.Name)
		}
	}
}

// ShareSuffix makes the name of a share of its measure's.
const ShareSuffix = "_share"
