// Package query is the logical query: what a widget asks of a dataset, in terms that every
// store understands and none dictates. The planner builds it, a source compiles it.
//
// A Query is plain data: tests compare it, explain prints it, and it carries no driver type,
// no text of a query language and no unbound value from a request.
package query

import "time"

// Type is the type of a column, a dimension, a measure or a bound value.
type Type string

// The types of a field. Time values are instants with microsecond precision.
const (
	String Type = "string"
	Int    Type = "int"
	Float  Type = "float"
	Bool   Type = "bool"
	Time   Type = "time"
)

// ListSeparator stands between the values of a list that a query for rows returns: the unit separator of ASCII, which no word has in it.
const ListSeparator = "\x1f"

// Field is a physical column of a relation.
type Field struct {
	// Column is the store's own name. It comes from the catalog, never from a request.
	Column string `json:"column"`
	Type   Type   `json:"type"`
	// Multi marks a list column: a row counts once under each of its values.
	// A query for rows returns them as one text, with ListSeparator between them.
	Multi bool `json:"multi,omitempty"`
}

// Relation is where the rows of a dataset are.
type Relation struct {
	// Table is a table, view or collection. One of Table, Files, Native, Call, Join and Union is set; Native may go with a table or files.
	Table string `json:"table,omitempty"`
	// Files are path patterns of Parquet, CSV or JSON files.
	Files []string `json:"files,omitempty"`
	// Format is parquet, csv or json; needed with Files.
	Format string `json:"format,omitempty"`
	// Partition is how a partitioned store (Cassandra) cuts Table; nil elsewhere.
	Partition *Partition `json:"partition,omitempty"`
	// Consistency is how many replicas of a replicated store (Cassandra) answer a read; empty is the source's.
	Consistency string `json:"consistency,omitempty"`
	// Native makes the rows by a query of the store's own, over Table or Files where one of them is set; nil elsewhere.
	Native *Native `json:"native,omitempty"`
	// Call asks an HTTP API for the rows, in place of Table and Files; nil elsewhere.
	Call *Call `json:"call,omitempty"`
	// Join makes the rows of other queries' answers, in place of Table and Files; nil elsewhere.
	Join *Join `json:"join,omitempty"`
	// Union has the rows of other relations, in place of Table and Files; nil elsewhere. No source is asked for one: its members are.
	Union *Union `json:"union,omitempty"`
}

// Partition is the partition key of a table, in order. A query reads the partitions that its tenant, its range and its
// filters select, and is refused where they leave a key open.
type Partition struct {
	Keys []PartitionKey `json:"keys"`
	// Clustered says that the time field is the first clustering column, so that a range is read and not filtered.
	Clustered bool `json:"clustered,omitempty"`
}

// PartitionKey is one column of a partition key. Its values are those of the tenant or of a filter on the column, the
// Values here, or, with Bucket, the time buckets of the range.
type PartitionKey struct {
	Column string `json:"column"`
	Type   Type   `json:"type"`
	// Bucket is hour, day, month or year: the bucket of the time field, in UTC.
	Bucket string `json:"bucket,omitempty"`
	// Layout is how a bucket is written in a text or int column, as Go's time package has it: 2006-01-02.
	Layout string `json:"layout,omitempty"`
	// Values are all there are, for a column that spreads rows (a shard).
	Values []any `json:"values,omitempty"`
}

// Range is a half-open span of time: From ≤ t < To.
type Range struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// And is what two ranges have in common; one that does not end after it begins where that is nothing.
func (r Range) And(o Range) Range {
	if o.From.After(r.From) {
		r.From = o.From
	}
	if o.To.Before(r.To) {
		r.To = o.To
	}
	return r
}

// TimeField is the column that decides when a row happened.
type TimeField struct {
	Column string `json:"column"`
	// Storage is how the store keeps it: timestamp (wall clock in Zone), timestamptz
	// (an instant), date, epoch_s or epoch_ms.
	Storage string `json:"storage"`
	// Zone is the zone of a wall-clock column; UTC when empty.
	Zone string `json:"zone,omitempty"`
}

// Query is one question to one dataset: filter, group, aggregate, order, cut.
type Query struct {
	// Dataset is the catalog's name, for messages and statistics.
	Dataset  string   `json:"dataset"`
	Relation Relation `json:"relation"`
	// Tenant restricts every row to one tenant. It stands apart from Where so that
	// no rewriting of a filter can lose it. Nil only where the dataset says tenant: none.
	Tenant *Compare `json:"tenant,omitempty"`
	// Time and Range restrict rows to Range on Time. Nil Time means a dataset without time.
	Time  *TimeField `json:"time,omitempty"`
	Range Range      `json:"range"`
	Where Filter     `json:"where,omitempty"`
	// Params are the values that Relation.Native or Relation.Call binds; those that it does not name are left out.
	Params []Param `json:"params,omitempty"`

	// Rows asks for raw rows: Select lists the columns and Groups and Measures are empty.
	Rows   bool     `json:"rows,omitempty"`
	Select []Column `json:"select,omitempty"`
	// Distinct keeps, of the rows with the same values in these selected columns, the first by Order and the columns after it. A row without
	// a value in one of them is kept: nobody knows it to be the same as another. Rows only.
	Distinct []string `json:"distinct,omitempty"`

	// Groups and Measures ask for aggregates. No group means one row, even over no rows.
	Groups   []Group   `json:"groups,omitempty"`
	Measures []Measure `json:"measures,omitempty"`

	Order []Order `json:"order,omitempty"`
	// AnyOrder says that groups may come in whatever order: they are put together with others.
	AnyOrder bool `json:"any_order,omitempty"`

	Limit  int `json:"limit,omitempty"` // 0 is no limit
	Offset int `json:"offset,omitempty"`
	// Others adds one row for all groups past Limit, with ColumnOther true on it, computed
	// from their rows (so that ratios and distinct counts are right). Single group only.
	Others bool `json:"others,omitempty"`
	// Total adds the number of rows (after Distinct) or groups before Limit as column ColumnTotal.
	Total bool `json:"total,omitempty"`
	// MaxRows bounds what a source may return; more is cut and the result says truncated.
	MaxRows int `json:"max_rows"`
	// MaxBytes bounds the answer, MaxReadBytes what is read for it, as far as the store says what it reads; beyond them the query
	// fails. Timeout bounds its time. 0 is no bound of its own.
	MaxBytes     int64         `json:"max_bytes,omitempty"`
	MaxReadBytes int64         `json:"max_read_bytes,omitempty"`
	Timeout      time.Duration `json:"timeout,omitempty"`
	// Keep says what of the answer may be kept for other ranges; nil is nothing.
	Keep *Keep `json:"keep,omitempty"`
	// Share says how long the answer may be handed to others who ask the same; nil is not beyond its computation.
	Share *Share `json:"share,omitempty"`
}

// Names of columns that a source adds to a result.
const (
	// ColumnOther is a bool column, true on the row that Others adds.
	ColumnOther = "__other"
	// ColumnTotal is an int column, the same on every row.
	ColumnTotal = "__total"
)

// Column is one selected column of a raw-row query.
type Column struct {
	Name  string `json:"name"` // the name in the result
	Field Field  `json:"field"`
	// Storage and Zone say how a time column is kept, as in TimeField.
	Storage string `json:"storage,omitempty"`
	Zone    string `json:"zone,omitempty"`
}

// Order sorts by a result column: a group, a measure or a selected column. Nulls come last, and
// every remaining column breaks ties in ascending order, so that equal data gives equal answers.
type Order struct {
	Name string `json:"name"`
	Desc bool   `json:"desc,omitempty"`
}

// Group is one grouping key. Exactly one of Field alone, Part, Buckets and Bins decides the key.
type Group struct {
	Name  string `json:"name"` // the name in the result
	Field Field  `json:"field"`
	// Part groups a time column by hour (0–23), weekday (0 Monday – 6 Sunday), month (1–12)
	// or day of month (1–31) on the wall clock that Offsets describes. The key is an int.
	Part    Part     `json:"part,omitempty"`
	Offsets []Offset `json:"offsets,omitempty"`
	// Buckets groups a time column by edges; the key is the bucket's index from 0, an int.
	Buckets *Buckets `json:"buckets,omitempty"`
	// Bins groups a number; the key is the bin's index, an int.
	Bins *Bins `json:"bins,omitempty"`
	// Storage and Zone say how a time column is kept, as in TimeField.
	Storage string `json:"storage,omitempty"`
	Zone    string `json:"zone,omitempty"`
}

// Part is a part of a wall-clock time.
type Part string

// The parts that a dimension may name.
const (
	Hour     Part = "hour"
	Weekday  Part = "weekday"
	Monthday Part = "monthday"
	Month    Part = "month"
)

// Offset is a span in which the zone keeps one offset from UTC: it holds until Until
// (exclusive; zero in the last one).
type Offset struct {
	Until   time.Time `json:"until"`
	Seconds int       `json:"seconds"`
}

// Buckets are the edges of time buckets: bucket i is Edges[i] ≤ t < Edges[i+1].
// Computed once, in Go, so that no store has its own idea of a day.
type Buckets struct {
	Edges []time.Time `json:"edges"`
}

// Bins are numeric bins: bin i holds Start+i·Width ≤ x < Start+(i+1)·Width for 0 ≤ i < Count;
// what lies below is bin -1, what lies at or above the last edge is bin Count.
type Bins struct {
	Start float64 `json:"start"`
	Width float64 `json:"width"`
	Count int     `json:"count"`
}
