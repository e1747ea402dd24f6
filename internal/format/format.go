// Package format turns a widget's query results into the data a requester sees: Grafana's data-frame
// JSON with a kind, a status and everything needed to trust the numbers. One file a widget kind.
package format

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/locale"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Input is what a format has to work with.
type Input struct {
	Widget *plan.Widget
	// Results by role. Main is always there; Comparison where the plan has one.
	Results map[plan.Role]*source.Result
	// Sources names the source behind each role, for the statistics.
	Sources map[plan.Role]string
	// Elapsed is the widget's time from plan to results.
	Elapsed time.Duration
	// Links are the URLs for the keys of objects that a dimension holds, by the dimension's name.
	Links map[string]Links
}

// Links are a column's URLs by row, empty where there is none. Refused counts the keys that may not be handed out, or cannot be.
type Links struct {
	URLs    []string
	Refused int
}

// Data is the eventData of a widget's message. Its JSON Schema is docs/schema/result.schema.json.
type Data struct {
	Kind        string    `json:"kind"`
	Status      string    `json:"status"` // ok, empty, partial
	Title       string    `json:"title,omitempty"`
	Description string    `json:"description,omitempty"`
	Range       *Range    `json:"range,omitempty"`
	Grain       string    `json:"grain,omitempty"`
	Comparison  *Range    `json:"comparison,omitempty"`
	Schema      Schema    `json:"schema"`
	Data        Values    `json:"data"`
	Paging      *Paging   `json:"paging,omitempty"`
	Marks       *Marks    `json:"marks,omitempty"`
	Halves      []Half    `json:"halves,omitempty"`
	Alert       *Alert    `json:"alert,omitempty"`
	AsOf        time.Time `json:"as_of"`
	AgeSeconds  int64     `json:"age_seconds"`
	Notices     []Notice  `json:"notices,omitempty"`
	Stats       Stats     `json:"stats"`
	// NumberFormat is how numbers are written in the language that the request names; nil where it names none.
	NumberFormat *locale.Format `json:"number_format,omitempty"`

	language string
}

// Range is a resolved half-open range in a zone.
type Range struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Zone string    `json:"zone"`
	// Kind is prior_period, prior_year or given for a comparison.
	Kind string `json:"kind,omitempty"`
}

// Schema lists the fields of Values, in order.
type Schema struct {
	Fields []Field `json:"fields"`
}

// Field is one column.
type Field struct {
	Name string `json:"name"`
	Type string `json:"type"` // time, number, string, boolean
	Role string `json:"role"` // time, dimension, measure, previous, change, ratio, other, edge, link, share, window, note, node, operand, cumulative
	// Numerator and Denominator name the columns of which a rate is made.
	Numerator   string `json:"numerator,omitempty"`
	Denominator string `json:"denominator,omitempty"`
	// Labels name the group of a series that is split by a dimension.
	Labels map[string]string `json:"labels,omitempty"`
	Config Config            `json:"config"`
	// Kind is the column's exact type, for files that tell whole numbers from others; JSON does not. Exact returns it.
	Kind frame.Kind `json:"-"`
}

// Exact is the type of a column's values: its own, else what its type for readers amounts to.
func (f *Field) Exact() frame.Kind {
	switch {
	case f.Kind != "":
		return f.Kind
	case f.Type == "number":
		return frame.Float
	case f.Type == "boolean":
		return frame.Bool
	case f.Type == "time":
		return frame.Time
	}
	return frame.String
}

// Config is how to show a column; Grafana's names.
type Config struct {
	DisplayName string `json:"displayName,omitempty"`
	Description string `json:"description,omitempty"`
	Unit        string `json:"unit,omitempty"`
	Decimals    *int   `json:"decimals,omitempty"`
	NoValue     string `json:"noValue,omitempty"`
	// DownIsGood and NeutralRange judge a change column.
	DownIsGood   bool        `json:"downIsGood,omitzero"`
	NeutralRange *[2]float64 `json:"neutralRange,omitempty"`
	// Links are what a value leads to; their URL names the column that holds it, as in Grafana.
	Links []Link `json:"links,omitempty"`
	// Mappings are the words for values that are codes.
	Mappings []Mapping `json:"mappings,omitempty"`
}

// Link is where a value of a column leads.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Values holds the columns: times are epoch milliseconds as in Grafana, nulls are null.
type Values struct {
	Values [][]any `json:"values"`
}

// Paging says which page of a table or feed this is.
type Paging struct {
	Page     int    `json:"page"`
	PageSize int    `json:"page_size"`
	Total    *int64 `json:"total,omitempty"`
	// NextCursor asks for the page that follows; null at the end.
	NextCursor *string `json:"next_cursor"`
}

// Marks lists rows, from 0, that need a word: filled buckets and the incomplete last one.
type Marks struct {
	Filled     []int `json:"filled,omitempty"`
	Incomplete []int `json:"incomplete,omitempty"`
}

// Notice is something a reader should know before trusting the numbers.
type Notice struct {
	Severity string `json:"severity"` // info, warning
	Code     string `json:"code"`     // truncated, stale, filled, synthetic, incomplete, link_refused, approximate, metrics_ignored, short_history, terms_cut, background, page_size, depth_cut, orphans, cycle, gaps
	Text     string `json:"text"`
}

// Stats is what the widget cost.
type Stats struct {
	ElapsedMS float64       `json:"elapsed_ms"`
	Rows      int64         `json:"rows"`
	Sources   []SourceStats `json:"sources"`
}

// SourceStats is one query's share.
type SourceStats struct {
	Source    string  `json:"source"`
	Role      string  `json:"role"`
	Rows      int64   `json:"rows"`
	Scanned   int64   `json:"scanned,omitzero"`
	Bytes     int64   `json:"bytes,omitzero"`
	ElapsedMS float64 `json:"elapsed_ms"`
	// Cache says where the numbers are from: hit and stale are an earlier answer to the same question, as good as new or being computed anew; merged is days of which some were kept, derived is a
	// finer answer, and miss is the store.
	Cache string `json:"cache"`
	// Shared says that the query answered other widgets, too, of this request or of others that came meanwhile.
	Shared bool `json:"shared,omitzero"`
	// KeptDays are days of the range that were not computed now: what is known of them was kept.
	KeptDays int `json:"kept_days,omitzero"`
	// Derived says that the widget's numbers were added up from finer ones that the query asked for.
	Derived bool `json:"derived,omitzero"`
}

// Content returns the data without what differs each time it is computed: its age, its cost, how far its range has moved on, and the
// cursor, which holds when it was made.
func (d *Data) Content() (content any, asOf time.Time) {
	c := *d
	c.AsOf, c.AgeSeconds, c.Stats, c.Range, c.Comparison = time.Time{}, 0, Stats{}, nil, nil
	if c.Paging != nil {
		paging := *c.Paging
		paging.NextCursor = nil
		c.Paging = &paging
	}
	return &c, d.AsOf
}
