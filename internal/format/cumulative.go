package format

import (
	"math"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/statistic"
)

// Half is where half of a measure has come: of a time series a point in time, in epoch milliseconds, of a histogram the number that its bins cut, in the
// unit of its edges.
type Half struct {
	Measure string  `json:"measure"`
	At      float64 `json:"at"`
}

// cumulative adds what has come of a count or a sum by the end of each row, and notes where half of it had; bins are where the rows lie, as many as have begun. Within
// one, what it holds counts as evenly spread.
func (t *table) cumulative(m *catalog.Measure, values []any, bins []statistic.Bin) {
	if !t.in.Widget.Spec.Cumulative || !m.Additive() {
		return
	}
	f := t.measureField(m)
	sums := make([]any, len(values))
	whole, total := int64(0), 0.0
	for i := range bins {
		bins[i].Value, _ = number(values[i])
		total += bins[i].Value
		n, _ := values[i].(int64)
		whole += n
		switch {
		case f.Kind != frame.Int:
			sums[i] = cell(total)
		case math.Abs(total) < math.MaxInt64: // beyond it there is no whole number to say
			sums[i] = whole
		}
	}
	f.Name, f.Role = m.Name+catalog.CumulativeSuffix, roleCumulative
	f.Config.Description = ""
	f.Config.DisplayName += said(roleCumulative, t.in.Widget.Language)
	t.add(f, sums)
	if at, ok := statistic.Half(bins); ok && !math.IsInf(at, 0) {
		t.data.Halves = append(t.data.Halves, Half{Measure: m.Name, At: at})
	}
}

// buckets are those of a time series that have begun.
func (t *table) buckets() []statistic.Bin {
	w := t.in.Widget
	var out []statistic.Bin
	for i := 0; i+1 < len(w.Edges) && w.Edges[i].Before(w.Now); i++ {
		out = append(out, statistic.Bin{From: float64(w.Edges[i].UnixMilli()), To: float64(w.Edges[i+1].UnixMilli())})
	}
	return out
}
