package catalog

import "github.com/go-dispatcher/dispatcher/internal/query"

// masks sees that a masked column is masked by whatever name it goes: another dimension over it would show or filter it, and a measure of its values, the
// least one say, would show one of them. How many there are may be counted.
func (b *builder) masks(d *Dataset, v *value) {
	masked := make(map[string]string)
	for _, e := range v.get("dimensions").entries() {
		dim := d.Dimensions[e.name]
		if _, ok := masked[dim.Field.Column]; dim.Mask && !ok {
			masked[dim.Field.Column] = e.name
		}
	}
	for _, e := range v.get("dimensions").entries() {
		dim := d.Dimensions[e.name]
		if by, ok := masked[dim.Field.Column]; ok && !dim.Mask {
			b.faults.add(e.at, "mask it, too", "dimension %s shows the column that %s masks", e.name, by)
		}
	}
	for _, e := range v.get("measures").entries() {
		m := d.Measures[e.name].Query
		if by, ok := masked[m.Field.Column]; ok && m.Agg != query.Count && m.Agg != query.CountDistinct {
			b.faults.add(e.at, "count them instead", "measure %s would show a value of the column that %s masks", e.name, by)
		}
	}
}
