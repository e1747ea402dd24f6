package plan

import (
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// The result columns that formats find by these names.
const (
	// ColumnBucket is the index of a time bucket, ColumnBin that of a histogram's bin.
	ColumnBucket = "bucket"
	ColumnBin    = "bin"
)

// shape gives a widget its steps, by its kind.
func (r *request) shape(w *Widget, base *query.Query) error {
	switch w.Kind {
	case catalog.Stat:
		r.stat(w, base)
	case catalog.Timeseries:
		if err := r.timeseries(w, base); err != nil {
			return err
		}
	case catalog.Breakdown:
		r.breakdown(w, base)
	case catalog.Table:
		if err := r.table(w, base); err != nil {
			return err
		}
	case catalog.Feed:
		if err := r.feed(w, base); err != nil {
			return err
		}
	case catalog.Histogram:
		r.histogram(w, base)
	case catalog.Heatmap:
		r.heatmap(w, base)
	case catalog.AlertKind:
		return r.alert(w, base)
	case catalog.TreeKind:
		r.tree(w, base)
	case catalog.TrendKind:
		r.rising(w, base)
	case catalog.Keyness:
		if err := r.keyness(w, base); err != nil {
			return err
		}
	default:
		return fault.New(fault.Permanent, "unknown_kind", "the widget's kind is not known", fmt.Errorf("plan: kind %q", w.Kind))
	}
	w.Cost = cost(w)
	return nil
}

// stat is one row of numbers. Its two periods are two statements: cheaper than one that sorts rows into periods.
func (r *request) stat(w *Widget, base *query.Query) {
	base.Measures = measures(w.Spec)
	r.steps(w, base, nil)
}

// timeseries groups by time bucket, and by a dimension where the widget has one.
func (r *request) timeseries(w *Widget, base *query.Query) error {
	d := w.Spec.Dataset
	c := calendarOf(d, r.zone)
	w.Grain = w.Spec.Grain
	if w.Grain == "" || w.Grain == catalog.Auto {
		w.Grain = autoGrain(r.rng, d.SmallestGrain)
	}
	var err error
	if w.Edges, err = c.edges(r.rng, w.Grain); err != nil {
		return err
	}
	base.Measures = measures(w.Spec)
	bucket := func(edges []time.Time) query.Group {
		return query.Group{
			Name: ColumnBucket, Field: query.Field{Column: d.Time.Column, Type: query.Time},
			Buckets: &query.Buckets{Edges: edges}, Storage: d.Time.Storage, Zone: d.Time.Zone,
		}
	}
	base.Groups = []query.Group{bucket(w.Edges)}
	for _, dim := range w.Spec.Dimensions {
		base.Groups = append(base.Groups, r.group(dim))
	}
	base.Order = []query.Order{{Name: ColumnBucket}}
	r.steps(w, base, func(q *query.Query) {
		w.ComparisonEdges = c.shifted(w.Edges, r.rng, w.Comparison, w.Compare, w.Grain)
		q.Groups[0] = bucket(w.ComparisonEdges)
	})
	return nil
}

// breakdown is the top groups of one dimension. The comparison groups without a limit: which groups
// will be on top is not known before both have run.
func (r *request) breakdown(w *Widget, base *query.Query) {
	base.Measures = measures(w.Spec)
	for _, dim := range w.Spec.Dimensions {
		base.Groups = append(base.Groups, r.group(dim))
	}
	base.Order = w.Spec.Sort
	if len(base.Order) == 0 {
		base.Order = []query.Order{{Name: w.Spec.Measures[0].Name, Desc: true}}
	}
	// A share is of the total, to which the groups that are not shown belong.
	base.Limit, base.Others = w.Spec.Top, w.Spec.Others || w.Spec.Share
	r.steps(w, base, func(q *query.Query) {
		q.Limit, q.Others, q.Order = 0, false, nil
	})
}

// table is groups with their measures, sorted and paged.
func (r *request) table(w *Widget, base *query.Query) error {
	base.Measures = measures(w.Spec)
	for _, dim := range w.Spec.Dimensions {
		base.Groups = append(base.Groups, r.group(dim))
	}
	base.Order = w.Spec.Sort
	if len(base.Order) == 0 && len(w.Spec.Measures) > 0 {
		base.Order = []query.Order{{Name: w.Spec.Measures[0].Name, Desc: true}}
	}
	return r.paged(w, base)
}

// feed is rows, the newest first.
func (r *request) feed(w *Widget, base *query.Query) error {
	base.Rows = true
	base.Select, base.Order = rows(w.Spec)
	base.Distinct = w.Spec.Distinct
	if err := r.paged(w, base); err != nil {
		return err
	}
	if r.Exports() && NewestFirst(base) != "" {
		w.PageSize = min(w.PageSize, sliceRows)
		base.Limit = w.PageSize
	}
	lead(w, base)
	return nil
}

// sliceRows is how many rows of a feed an export reads at once where it can read on: few enough for a store to pick them out of all, rather than
// to sort those. DuckDB sorts for more than 5,000.
const sliceRows = 4000

// NewestFirst returns the column of a query's rows that is their time and orders them, the newest first, or "".
func NewestFirst(q *query.Query) string {
	if q.Time == nil || len(q.Order) == 0 || !q.Order[0].Desc {
		return ""
	}
	for _, c := range q.Select {
		if c.Name == q.Order[0].Name && c.Field.Column == q.Time.Column {
			return c.Name
		}
	}
	return ""
}

// rows are a widget's dimensions as columns, and their order: the newest first where the widget has none.
func rows(spec *catalog.Widget) (columns []query.Column, order []query.Order) {
	order = spec.Sort
	for _, dim := range spec.Dimensions {
		columns = append(columns, query.Column{Name: dim.Name, Field: dim.Field, Storage: dim.Storage, Zone: dim.Zone})
		if t := spec.Dataset.Time; len(order) == 0 && t != nil && dim.Field.Column == t.Column && dim.Part == "" {
			order = []query.Order{{Name: dim.Name, Desc: true}}
		}
	}
	return columns, order
}

// histogram groups a number by bins.
func (r *request) histogram(w *Widget, base *query.Query) {
	base.Measures = measures(w.Spec)
	base.Groups = []query.Group{{Name: ColumnBin, Field: w.Spec.BinField.Field, Bins: w.Spec.Bins}}
	base.Order = []query.Order{{Name: ColumnBin}}
	w.Steps = []Step{{Role: Main, Source: w.Spec.Dataset.Source.Name, Query: base}}
}

// heatmap groups by two dimensions.
func (r *request) heatmap(w *Widget, base *query.Query) {
	base.Measures = measures(w.Spec)
	for _, dim := range w.Spec.Dimensions {
		base.Groups = append(base.Groups, r.group(dim))
		base.Order = append(base.Order, query.Order{Name: dim.Name})
	}
	w.Steps = []Step{{Role: Main, Source: w.Spec.Dataset.Source.Name, Query: base}}
}

// group is a dimension as a grouping key.
func (r *request) group(dim *catalog.Dimension) query.Group {
	g := query.Group{Name: dim.Name, Field: dim.Field, Storage: dim.Storage, Zone: dim.Zone}
	if dim.Part != "" {
		g.Part = dim.Part
		g.Offsets = offsets(r.rng, r.zone)
	}
	return g
}

func measures(spec *catalog.Widget) []query.Measure {
	columns := spec.Columns()
	out := make([]query.Measure, len(columns))
	for i, m := range columns {
		out[i] = m.Query
		out[i].Name = m.Name
	}
	return out
}

// steps sets the main step and, where the widget compares, the same query over the other range; adapt
// changes what differs there.
func (r *request) steps(w *Widget, base *query.Query, adapt func(*query.Query)) {
	name := w.Spec.Dataset.Source.Name
	w.Steps = []Step{{Role: Main, Source: name, Query: base}}
	if w.Compare = r.compare(w.Spec.Compare); w.Compare == catalog.NoCompare || !w.Spec.Dataset.Timed() {
		return
	}
	if w.Comparison = r.against; w.Compare != catalog.Given {
		w.Comparison = calendarOf(w.Spec.Dataset, r.zone).comparison(r.rng, w.Compare)
	}
	other := *base
	other.Groups = append([]query.Group(nil), base.Groups...)
	r.move(&other, w.Comparison)
	if adapt != nil {
		adapt(&other)
	}
	reoffset(other.Groups, w.Comparison, r.zone)
	w.Steps = append(w.Steps, Step{Role: Comparison, Source: name, Query: &other})
}

// compare returns what a widget that compares is compared with: what the request says, else what the catalog does. One that does not compare is left so, and
// so is one that the request describes, which says it itself.
func (r *request) compare(own catalog.Compare) catalog.Compare {
	switch {
	case own == catalog.NoCompare || r.mine || r.CompareWith == "":
		return own
	case r.CompareWith == models.CompareNone:
		return catalog.NoCompare
	}
	return catalog.Compare(r.CompareWith)
}

// move has a query read another range: its own rows, and those that its parameters and inputs bring.
func (r *request) move(q *query.Query, rng query.Range) {
	if q.Time != nil {
		q.Range = rng
	}
	q.Params = within(q.Params, rng)
	if join := q.Relation.Join; join != nil {
		q.Relation.Join = over(join, rng, r.zone)
	}
	if u := q.Relation.Union; u != nil {
		q.Relation.Union = unionOver(u, rng)
	}
}

// cost orders widgets by what they ask of a store: counting is cheap, grouping dearer, distinct
// counts, percentiles, lists and rows dearest. Its unit is arbitrary.
func cost(w *Widget) int {
	total := 0
	for _, s := range w.Asked() {
		c := 4 + 14*len(s.Query.Groups)
		for _, g := range s.Query.Groups {
			if g.Field.Multi {
				c += 30
			}
			if g.Field.Type == query.String {
				c += 4
			}
		}
		for i := range s.Query.Measures {
			for _, m := range s.Query.Measures[i].Plain() {
				switch m.Agg {
				case query.CountDistinct, query.Percentile:
					c += 25
				case query.Count, query.NonFinite:
					c++
				case query.Sum, query.Avg, query.Min, query.Max:
					c += 3
				}
			}
		}
		if s.Query.Rows {
			c += 20
		}
		if s.Query.Others {
			c += 5
		}
		total += c
	}
	return total
}
