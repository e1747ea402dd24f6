package catalog

import (
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/locale"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Catalog is a checked catalog: every name it mentions exists, every type fits. It is immutable; a
// reload makes a new one.
type Catalog struct {
	// Version identifies the content (a hash of all files), for caches and `explain`.
	Version  string
	Sources  map[string]*Source
	Datasets map[string]*Dataset
	Pages    map[string]*Page // by PageKey.String
}

// Source is where to connect.
type Source struct {
	Name string
	Kind string // duckdb, mongodb, cassandra, s3, trino or http
	// Path is a DuckDB database file, or empty for an in-memory database over files.
	Path string
	// ReadOnly opens Path without the right to change it. Default true.
	ReadOnly bool
	// Threads and Connections bound the engine's concurrency; 0 means the default of the adapter.
	Threads, Connections int
	// Queries is how many run at the same time, over all requests; 0 means the default of the kind.
	Queries int

	// URLEnv and URLFile name what holds the URL of a server, with its credentials: a variable, or a file.
	URLEnv, URLFile string
	// Database and ReadPreference are MongoDB's, as is AllowDiskUse: aggregations may use the server's disk.
	Database, ReadPreference string
	AllowDiskUse             bool
	// Keyspace and Consistency are Cassandra's.
	Keyspace, Consistency string
	// Bucket and Region are an object store's.
	Bucket, Region string
	// CacheBytes bounds its local cache, ObjectBytes what one object of text may unpack to; 0 is the adapter's.
	CacheBytes, ObjectBytes int64
	// MemoryLimit bounds in bytes what the embedded engine that computes over its rows holds in memory; 0 is the default.
	MemoryLimit int64
	// CAFile holds the certificates of the authorities to trust, in place of the system's.
	CAFile string
	// Catalog and Schema are Trino's: where tables are that do not say it.
	Catalog, Schema string
	// HTTP is an API's.
	HTTP HTTP
}

// HTTP is how an API is asked. What is zero is the adapter's default.
type HTTP struct {
	Auth                    Auth
	Timeout                 time.Duration
	Rate                    float64 // requests a second
	MaxBytes, MaxTotalBytes int64
	MaxPages                int
	AllowPrivate            bool
	Health                  string
	Reuse                   time.Duration
}

// Auth is how to prove who asks.
type Auth struct {
	Kind string // bearer, basic, api_key or oauth2; empty is none
	// Token is bearer's, User and Password are basic's, Value is api_key's, which goes into Header or the parameter Query.
	Token, User, Password, Value Reference
	Header, Query                string
	// TokenURL, ID, Secret and Scopes are oauth2's; InBody sends id and secret in the body.
	TokenURL, ID, Secret Reference
	Scopes               []string
	InBody               bool
}

// Reference is where a value stands: in a variable, in a file, or, what is no secret, in the catalog.
type Reference struct{ Env, File, Text string }

// Labels are texts by language; "en" is the fallback.
type Labels map[string]string

// In returns the text in the language of a tag (ar-SA reads ar), else in English, else the name.
func (l Labels) In(tag, name string) string {
	for _, language := range []string{locale.Base(tag), "en"} {
		if s := l[language]; s != "" {
			return s
		}
	}
	return name
}

// Dataset is one relation with its dimensions and measures: the semantic layer.
type Dataset struct {
	Name  string
	Label Labels
	// Description says what a row is.
	Description string
	Source      *Source
	Relation    query.Relation
	// Time is nil for a dataset without a time field.
	Time *query.TimeField
	// Watermark bounds how far the data reaches: "now", or the newest value of the time field ("data").
	Watermark string
	// Tenant says which request parameter restricts every query. Nil only where the catalog says tenant: none.
	Tenant     *Tenant
	Dimensions map[string]*Dimension
	Measures   map[string]*Measure
	Limits     Limits
	// FirstDayOfWeek: 0 Monday … 6 Sunday.
	FirstDayOfWeek int
	// FirstMonthOfYear: 1 January … 12 December.
	FirstMonthOfYear int
	// SmallestGrain is the finest bucket that makes sense for the data; minute when empty.
	SmallestGrain Grain
	// Synthetic marks generated data; every result over it says so.
	Synthetic bool
	// SyntheticColumns are generated beside real ones; every result that reads one says which.
	SyntheticColumns []string
	// RowFilter restricts every query, on top of the tenant.
	RowFilter query.Filter
	// Join makes the rows by SQL over other datasets; nil for a dataset with rows of its own. Its tenant is that of its inputs.
	Join *Join
	// Tables are where other sources see the same rows, by their names.
	Tables map[string]string
	// Parameters are what requests may set for Relation's own query or call, by name; Binds are the parameters that it uses.
	Parameters map[string]*Parameter
	Binds      []string
}

// Parameter is a value of a request that a dataset's native query or call binds.
type Parameter struct {
	Name string
	Type query.Type
	// Default is what a request without it means, as a request would write it; empty is null.
	Default  string
	Required bool
	// Values are all that it may have, Pattern restricts a text; each may be empty.
	Values  []string
	Pattern string
}

// Join is SQL over the answers of other datasets.
type Join struct {
	SQL    string
	Inputs []*JoinInput
}

// JoinInput is one dataset as a join reads it: groups with their measures, or rows.
type JoinInput struct {
	Name    string
	Dataset *Dataset
	// Source answers, and Relation is where it finds the rows: those of Dataset, or what Dataset.Tables says.
	Source   *Source
	Relation query.Relation
	// Rows asks for rows, with Dimensions as their columns.
	Rows       bool
	Dimensions []*Dimension
	Measures   []*Measure
	Where      query.Filter
	Always     bool // all times, whatever the request asks for
	// Filtered has the request's filters restrict this input where its dataset has their members, in place of the joined rows.
	Filtered bool
	Limit    int // rows; more are an error, since a join over some of them would be wrong
}

// Timed says whether d's rows depend on the request's range.
func (d *Dataset) Timed() bool {
	if d.Time != nil || slices.Contains(d.Binds, query.ParamFrom) || slices.Contains(d.Binds, query.ParamTo) {
		return true
	}
	if d.Join != nil {
		for _, in := range d.Join.Inputs {
			if in.Dataset.Timed() && !in.Always {
				return true
			}
		}
	}
	return false
}

// Tenant binds a dataset to a request parameter.
type Tenant struct {
	Parameter string // company_id, company_schema or dbName; "tenant" takes the first of them that is set
	Field     query.Field
	// Pattern is the allow-list for the parameter's value.
	Pattern string
}

// Limits bound one query.
type Limits struct {
	Rows    int           // rows returned; default 10,000
	Timeout time.Duration // default 30 s
	// Bytes bounds the answer, default 64 MiB; ReadBytes what is read for it, where the store says what it reads, 0 is no bound.
	Bytes, ReadBytes int64
}

// Dimension is a field to group and filter by.
type Dimension struct {
	Name  string
	Label Labels
	Field query.Field
	// Storage and Zone for a time column, as in query.TimeField.
	Storage, Zone string
	// Part makes this dimension a part of a time column.
	Part query.Part
	// Unit is a number's Grafana unit id, as of a measure.
	Unit string
	// Hidden keeps a dimension out of listings; it can still be filtered by.
	Hidden bool
	// Mask has texts shown without what leads to a person; they can be shown in feeds only.
	Mask bool
	// Link says that it holds keys of objects, which are handed out as URLs.
	Link *Link
}

// Link is how keys of objects become URLs.
type Link struct {
	Source string        // the object store's name
	Prefix string        // ends with a slash, or is empty; {tenant} stands for the tenant
	Valid  time.Duration // of a URL
}

// Measure is a number with a stated definition.
type Measure struct {
	Name       string
	Label      Labels
	Definition string // one sentence: what is counted
	Condition  string // of the rows that count for this measure alone, as the catalog says it
	Unit       string // Grafana unit id: short, percentunit, s, ms, currencyUSD …
	Decimals   *int
	Query      query.Measure
	// Fill is how a missing bucket reads: "zero", "null" or "last". Default: zero for counts and sums, null otherwise.
	Fill string
	// DownIsGood and NeutralRange judge a change.
	DownIsGood   bool
	NeutralRange [2]float64
}

// Additive says whether a measure's values of groups add up to the value of all: a count or a sum.
func (m *Measure) Additive() bool { return m.Query.Formula == nil && m.Query.Agg.Additive() }

// PageKey names a page as strategies are looked up.
type PageKey struct {
	Product, Page string
}

// String returns "product/page", or the page alone.
func (k PageKey) String() string {
	if k.Product == "" {
		return k.Page
	}
	return k.Product + "/" + k.Page
}

// Page is a set of widgets that one request asks for.
type Page struct {
	Key     PageKey
	Label   Labels
	Events  []string // further event names that this page accepts
	Widgets []*Widget
	// Omit are widgets that a request for the whole page does not get, since their source is not configured here; asked by name,
	// they say so. Whoever serves the page sets it.
	Omit map[string]bool
	// Parameters are keys of a request that restrict its widgets.
	Parameters []PageParameter
	// Filters are the members that a request may filter by; empty means every dimension of the widgets' datasets.
	Filters []string
	// Custom is what requests may make widgets of their own of; nil is nothing.
	Custom *Custom
}

// Custom is what widgets that requests describe may be over.
type Custom struct {
	Datasets []*Dataset // the first is that of a widget that names none
	// Where restricts the rows of a dataset, by its name, whatever the request says.
	Where map[string]query.Filter
}

// datasets are all that the page's widgets may be over.
func (p *Page) datasets() []*Dataset {
	var out []*Dataset
	for _, w := range p.Widgets {
		out = append(out, w.Dataset)
	}
	if p.Custom != nil {
		out = append(out, p.Custom.Datasets...)
	}
	return out
}

// PageParameter is a key of a request that restricts a page's widgets to the rows that have its value, or one of its values.
type PageParameter struct {
	Name     string
	Required bool
	// Dimensions are what has the value, by dataset. A dataset that is not here binds the key in its own query.
	Dimensions map[string]*Dimension
}

// Widget returns the widget of the given id.
func (p *Page) Widget(id string) (*Widget, bool) {
	for _, w := range p.Widgets {
		if w.ID == id {
			return w, true
		}
	}
	return nil, false
}

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
	Description string
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
