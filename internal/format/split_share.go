package format

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// splitTotal is a measure's total over all groups, bucket by bucket, now and before.
type splitTotal struct{ now, before []any }

// splitTotals adds up the measures that have shares. What the store cut off is missing in a total: there is none then.
func (t *table) splitTotals(buckets int) ([]splitTotal, error) {
	spec := t.in.Widget.Spec
	out := make([]splitTotal, len(spec.Measures))
	for i, m := range spec.Measures {
		if !spec.Share || !m.Additive() {
			continue
		}
		var err error
		if out[i].now, err = t.bucketTotals(plan.Main, m, buckets); err != nil {
			return nil, err
		}
		if out[i].before, err = t.bucketTotals(plan.Comparison, m, buckets); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// bucketTotals adds a measure up over the groups of each bucket.
func (t *table) bucketTotals(role plan.Role, m *catalog.Measure, buckets int) ([]any, error) {
	totals := make([]any, buckets)
	r := t.in.Results[role]
	if r == nil || r.Truncated {
		return totals, nil
	}
	bucket, err := r.Frame.Column(plan.ColumnBucket)
	if err != nil {
		return nil, err
	}
	c, err := r.Frame.Column(m.Name)
	if err != nil {
		return nil, err
	}
	for row := range r.Frame.Rows() {
		if i, ok := bucket.Int(row); ok && i >= 0 && int(i) < buckets {
			totals[i] = sum([]any{totals[i], cell(c.Value(row))})
		}
	}
	return totals, nil
}

// splitShares adds the shares of one group and measure.
func (t *table) splitShares(m *catalog.Measure, values, previous []any, totals splitTotal, add func(*catalog.Measure, Field, []any)) {
	field, was, change := t.shareFields(m)
	now, before := make([]any, len(values)), make([]any, len(values))
	for i := range values {
		now[i] = share(values[i], totals.now[i])
		if previous != nil {
			before[i] = share(previous[i], totals.before[i])
		}
	}
	add(m, field, now)
	if previous != nil {
		add(m, was, before)
		add(m, change, points(now, before))
	}
}
