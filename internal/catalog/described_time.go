package catalog

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
