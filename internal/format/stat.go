package format

// stat is one row: each measure, and where the widget compares its previous value, the change, and the change as a
// share of the previous value (null where that is zero or unknown).
func stat(t *table) error {
	t.empty = true
	shown := len(t.in.Widget.Spec.Measures)
	for i, m := range t.in.Widget.Spec.Columns() {
		c, err := t.main().Column(m.Name)
		if err != nil {
			return err
		}
		values := column(c)
		t.empty = t.empty && nothing(values)
		t.add(t.measureField(m), values)
		if other := t.comparison(); other != nil && i < shown {
			c, err := other.Column(m.Name)
			if err != nil {
				return err
			}
			t.compare(m, values, column(c))
		}
	}
	return nil
}
