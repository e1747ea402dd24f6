package format

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// timeseries is a row a bucket over the whole asked range: the time at which the bucket starts, then each measure. Buckets
// without rows are filled by the measure's rule and marked; buckets that are not over yet are marked, and
// those that have not begun are null. The comparison is aligned bucket by bucket. A series
// split by a dimension has a column a group, told apart by labels.
func timeseries(t *table) error {
	w := t.in.Widget
	buckets := len(w.Edges) - 1
	times := make([]any, buckets)
	for i := range times {
		times[i] = w.Edges[i].UnixMilli()
	}
	t.add(Field{Name: "time", Type: "time", Role: roleTime}, times)
	t.empty = true
	var marks Marks
	if len(w.Spec.Dimensions) == 0 {
		filled, err := t.single(buckets)
		if err != nil {
			return err
		}
		marks.Filled = filled
	} else if err := t.split(buckets); err != nil {
		return err
	}
	for i := range buckets {
		end := w.Edges[i+1]
		if end.After(w.Now) && w.Edges[i].Before(w.Now) || end.After(w.Range.To) {
			marks.Incomplete = append(marks.Incomplete, i)
		}
	}
	if n := len(marks.Filled); n > 0 && !t.empty {
		t.data.notice("info", "filled", noticeFilled, n, buckets)
	}
	if len(marks.Incomplete) > 0 {
		t.data.notice("info", "incomplete", noticeIncomplete)
	}
	if len(marks.Filled)+len(marks.Incomplete) > 0 {
		t.data.Marks = &marks
	}
	return nil
}

// single adds the measures of a series without a split, and returns the buckets that had no rows.
func (t *table) single(buckets int) (filled []int, err error) {
	w := t.in.Widget
	at, err := positions(t.main(), buckets)
	if err != nil {
		return nil, err
	}
	for i, row := range at {
		if row < 0 && w.Edges[i].Before(w.Now) {
			filled = append(filled, i)
		}
	}
	for i, m := range w.Spec.Columns() {
		values, err := t.series(t.main(), m, at, w.Edges)
		if err != nil {
			return nil, err
		}
		t.empty = t.empty && nothing(values)
		t.add(t.measureField(m), values)
		if i >= len(w.Spec.Measures) {
			continue
		}
		t.cumulative(m, values, t.buckets())
		if other := t.comparison(); other != nil {
			before, err := positions(other, buckets)
			if err != nil {
				return nil, err
			}
			previous, err := t.series(other, m, before, w.ComparisonEdges)
			if err != nil {
				return nil, err
			}
			t.add(t.derived(m, "_previous", rolePrevious), previous)
		}
	}
	return filled, nil
}

// positions returns the row of each bucket, -1 where it has none.
func positions(f *frame.Frame, buckets int) ([]int, error) {
	c, err := f.Column(plan.ColumnBucket)
	if err != nil {
		return nil, err
	}
	at := absent(buckets)
	for row := range f.Rows() {
		if i, ok := c.Int(row); ok && i >= 0 && int(i) < buckets {
			at[i] = row
		}
	}
	return at, nil
}

// series returns a measure's value a bucket.
func (t *table) series(f *frame.Frame, m *catalog.Measure, at []int, edges []time.Time) ([]any, error) {
	c, err := f.Column(m.Name)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(at))
	var last any
	for i, row := range at {
		switch {
		case row >= 0:
			out[i] = cell(c.Value(row))
			last = out[i]
		case !edges[i].Before(t.in.Widget.Now):
			// has not begun: null, whatever the rule
		case fill(m) == "zero":
			out[i] = int64(0)
		case fill(m) == "last":
			out[i] = last
		}
	}
	return out, nil
}

// fill returns the measure's rule: zero for counts and sums, null for all else, unless the catalog says.
func fill(m *catalog.Measure) string {
	if m.Fill != "" {
		return m.Fill
	}
	if m.Query.Formula == nil && (m.Query.Agg.Additive() || m.Query.Agg == "count_distinct") {
		return "zero"
	}
	return "null"
}
