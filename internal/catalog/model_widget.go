package catalog

import (
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Kind is the shape of a widget.
type Kind string

// The widget kinds.
const (
	Stat       Kind = "stat"
	Timeseries Kind = "timeseries"
	Breakdown  Kind = "breakdown"
	Table      Kind = "table"
	Feed       Kind = "feed"
	Histogram  Kind = "histogram"
	Heatmap    Kind = "heatmap"
	AlertKind  Kind = "alert"
	TrendKind  Kind = "trend"
	Keyness    Kind = "keyness"
	TreeKind   Kind = "tree"
)

// Grain is the width of a time bucket.
type Grain string

// The grains, finest first. Auto picks one that gives about 60–120 points.
const (
	Auto    Grain = "auto"
	Minute  Grain = "minute"
	Hour    Grain = "hour"
	Day     Grain = "day"
	Week    Grain = "week"
	Month   Grain = "month"
	Quarter Grain = "quarter"
	Year    Grain = "year"
)

// Compare is what a widget is compared with.
type Compare string

// The comparisons.
const (
	NoCompare   Compare = ""
	PriorPeriod Compare = "prior_period"
	PriorYear   Compare = "prior_year"
	// Given is a range that a request gives.
	Given Compare = "given"
)

// Widget is one question and the shape of its answer.
type Widget struct {
	ID          string
	Kind        Kind
	Title       Labels
	Description Labels
	Dataset     *Dataset
	Measures    []*Measure
	// Operands are what the rates among Measures are made of, where Measures has it not; Rates name them by measure.
	Operands   []*Measure
	Rates      map[string]Rate
	Dimensions []*Dimension // breakdown 1 (timeseries 0–1), heatmap 2, table any, feed and alert: the columns
	Grain      Grain
	Compare    Compare
	Top        int  // breakdown and split timeseries: how many groups; default 10
	Others     bool // breakdown: one more row for all the rest
	Share      bool // breakdown and split timeseries: the share of each additive measure in the total over all groups
	Sort       []query.Order
	// Distinct are the columns of a feed by which a row is the double of another: the first, by Sort, is shown.
	Distinct []string
	// Sortable are the columns that a request may sort a table or feed by, by the words for them.
	Sortable   map[string]string
	PageSize   int // table and feed: default 50, at most Limits.Rows
	Total      bool
	Where      query.Filter // on top of the request's filters
	Bins       *query.Bins  // histogram
	BinField   *Dimension   // histogram: the number
	Alert      *Alert       // alert: its rule
	Trend      Trend        // trend
	Minimum    int          // trend and keyness: rows that a term must have
	Direction  Direction    // keyness
	Tree       Tree         // tree
	Gaps       *Gaps        // feed: the time since the row before
	Cumulative bool         // timeseries without a split, and histogram: sums so far
}
