package catalog

import (
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

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
	// Keep says how days that are over are kept; nil keeps none.
	Keep *Keep
	// RowsPerDay is about how many rows a day of one tenant has, 0 where nobody says.
	RowsPerDay int64
	// Share says how long answers are shared; nil shares none beyond their computation.
	Share *Share
	// Changes says what tells whether rows have changed; nil where nothing does.
	Changes *Changes
	// FirstDayOfWeek: 0 Monday … 6 Sunday.
	FirstDayOfWeek int
	// FirstMonthOfYear: 1 January … 12 December.
	FirstMonthOfYear int
	// Example is the first and the last day of a range that has data; nil where the catalog names none.
	Example []string
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
	// Union puts rows of other datasets together; nil for all others. Its tenant is that of its members.
	Union *Union
	// Tables are where other sources see the same rows, by their names.
	Tables map[string]string
	// Parameters are what requests may set for Relation's own query or call, by name; Binds are the parameters that it uses.
	Parameters map[string]*Parameter
	Binds      []string
}

// Keep is when a day is over, and for how long what was computed of it holds.
type Keep struct {
	ClosedAfter, MaxAge time.Duration
	Version             string
}

// Share is how long an answer is handed to whoever asks the same: as a new one, and beyond that while it is computed anew.
type Share struct {
	FreshFor, StaleFor time.Duration
}

// Changes are values that are others where rows of a dataset have changed: of its own rows, by the days they are in, or of all rows of another dataset of its source.
type Changes struct {
	Dataset  *Dataset
	Measures []*Measure
	Every    time.Duration
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

// Union is the rows of several datasets as those of one.
type Union struct {
	Members []*UnionMember
	// Disjoint are the columns of which no two members have a value in common, so that different values of each add up.
	Disjoint []string
}

// UnionMember is one of a union's datasets. Input has neither dimensions nor measures: each question brings its own.
type UnionMember struct {
	Input *JoinInput
	// Columns are its dimensions by the union's columns; what it lacks is null.
	Columns map[string]*Dimension
}

// Inputs are what d is made of: those of its SQL, or the members of its union.
func (d *Dataset) Inputs() (out []*JoinInput) {
	if d.Join != nil {
		out = append(out, d.Join.Inputs...)
	}
	if d.Union != nil {
		for _, m := range d.Union.Members {
			out = append(out, m.Input)
		}
	}
	return out
}

// Timed says whether d's rows depend on the request's range.
func (d *Dataset) Timed() bool {
	if d.Time != nil || slices.Contains(d.Binds, query.ParamFrom) || slices.Contains(d.Binds, query.ParamTo) {
		return true
	}
	return slices.ContainsFunc(d.Inputs(), func(in *JoinInput) bool { return in.Dataset.Timed() && !in.Always })
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
