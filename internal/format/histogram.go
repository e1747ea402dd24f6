package format

import (
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/statistic"
)

// histogram is a row a bin: its lower and upper edge and the measures. Empty bins are there with what the
// measure's rule says. What lies outside the bins is one more row at either end, with an open edge (null); rows without a
// value are left out.
func histogram(t *table) error {
	f := t.main()
	w := t.in.Widget
	bins := w.Spec.Bins
	c, err := f.Column(plan.ColumnBin)
	if err != nil {
		return err
	}
	at := make(map[int64]int, f.Rows())
	for row := range f.Rows() {
		if i, ok := c.Int(row); ok {
			at[i] = row
		}
	}
	t.empty = len(at) == 0
	first, last := int64(0), int64(bins.Count)
	if _, ok := at[-1]; ok {
		first = -1
	}
	if _, ok := at[int64(bins.Count)]; ok {
		last++
	}
	var from, to []any
	for i := first; i < last; i++ {
		from = append(from, edge(i >= 0, bins.Start+bins.Width*float64(i)))
		to = append(to, edge(i < int64(bins.Count), bins.Start+bins.Width*float64(i+1)))
	}
	edges := Config{DisplayName: w.Spec.BinField.Label.In(w.Language, w.Spec.BinField.Name), Unit: w.Spec.BinField.Unit}
	t.add(Field{Name: "from", Type: "number", Role: roleEdge, Config: edges}, from)
	t.add(Field{Name: "to", Type: "number", Role: roleEdge, Config: edges}, to)
	for column, m := range w.Spec.Columns() {
		c, err := f.Column(m.Name)
		if err != nil {
			return err
		}
		var values []any
		for i := first; i < last; i++ {
			switch row, ok := at[i]; {
			case ok:
				values = append(values, cell(c.Value(row)))
			case fill(m) == "zero":
				values = append(values, int64(0))
			default:
				values = append(values, nil)
			}
		}
		t.add(t.measureField(m), values)
		if column < len(w.Spec.Measures) {
			t.cumulative(m, values, bounds(from, to))
		}
	}
	return nil
}

// bounds are the bins by their edges.
func bounds(from, to []any) []statistic.Bin {
	out := make([]statistic.Bin, len(from))
	for i := range out {
		low, closed := number(from[i])
		high, also := number(to[i])
		out[i] = statistic.Bin{From: low, To: high, Open: !closed || !also}
	}
	return out
}

func edge(closed bool, at float64) any {
	if !closed {
		return nil
	}
	return at
}
