// Package source states what the engine needs of a store. Each adapter is a package below it
// with the same file names, passes source/sourcetest, and never imports a sibling.
package source

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Source computes logical queries in one store.
//
// The engine calls Query from several goroutines at once, as often as the store's declared concurrency
// allows. An implementation stops its work on the server when ctx ends, returns errors that
// package fault classified, and never returns a partial aggregate as a whole one.
type Source interface {
	// Query runs q. The frame's columns are q's groups, then its measures (or its selected
	// columns), then those of q.Others and q.Total, named as in q.
	Query(ctx context.Context, q *query.Query) (*Result, error)
	// Explain returns what Query would send, without running it.
	Explain(ctx context.Context, q *query.Query) (Native, error)
	// Ping says whether the store answers.
	Ping(ctx context.Context) error
	// Close ends the source's connections. It may be called twice.
	Close() error
}

// Overflow is the error of a sum that no whole number of 64 bits holds: never another number in its place.
func Overflow(cause error) error {
	return fault.New(fault.Permanent, "source_overflow", "a sum is beyond what a whole number of 64 bits can hold", cause)
}

// ErrOpen is the cause of an error of a source that was not asked, because it has failed too often a moment ago. Asking again at once is in
// vain.
var ErrOpen = errors.New("source: not asked, since it does not answer")

// Describer is a Source that can tell the columns of a relation; `catalog check` uses it.
type Describer interface {
	Describe(ctx context.Context, r query.Relation) ([]query.Field, error)
}

// Local computes a query over rows that another source reads, for what a store cannot aggregate itself.
type Local interface {
	// Compute answers q over rows, whose values come in the order of fields and are string, int64, float64, bool, time.Time,
	// []string (a list column) or nil. It reads rows to their end unless ctx ends or they fail: an error of theirs is returned
	// as it is. Tenant, range and filters of q are applied again.
	Compute(ctx context.Context, q *query.Query, fields []query.Field, rows iter.Seq2[[]any, error]) (*Result, error)
}

// Files computes queries over files on the local disk, for sources that bring them there.
type Files interface {
	// OverFiles answers q over files, reading of them what q needs and keeping nothing. A column that some of the files lack is null there.
	OverFiles(ctx context.Context, q *query.Query, sets []FileSet) (*Result, error)
	// ExplainFiles returns what OverFiles would run.
	ExplainFiles(q *query.Query, sets []FileSet) (Native, error)
}

// FileSet is files that are laid out alike, and have been found sound: nothing about them is left to guess.
type FileSet struct {
	Format string // parquet, csv or json
	Paths  []string
	// Columns are what the files have, in their order; nil where that is not known, as for JSON, whose objects may have any.
	Columns []string
	// Delimiter is that of CSV. Shape is that of JSON: lines, values or list, as package text has them.
	Delimiter byte
	Shape     string
}

// Joiner computes queries over joins of rows that other sources have answered with.
type Joiner interface {
	// Join answers q, whose Relation.Join has these inputs.
	Join(ctx context.Context, q *query.Query, inputs []Input) (*Result, error)
	// ExplainJoin returns what Join would run.
	ExplainJoin(q *query.Query) (Native, error)
}

// Linker is a source of objects that can be read, for a while, by whoever has a URL.
type Linker interface {
	// Link returns a URL under which the object of a key can be read for as long as valid says. It does not look whether there is one.
	Link(ctx context.Context, key string, valid time.Duration) (string, error)
}

// Versioner is a source that can tell the state of the rows that a query reads without reading them.
type Versioner interface {
	// Version returns another text where the rows that q reads may be others; "" where it cannot tell.
	Version(ctx context.Context, q *query.Query) (string, error)
}

// Input is the answer to one input of a join.
type Input struct {
	Name  string
	Frame *frame.Frame
}

// Result is the answer to one query.
type Result struct {
	Frame *frame.Frame
	Stats Stats
	// Parts are the answers of other sources that this one is made of.
	Parts []Part
	// AsOf is how fresh the data is: the newest change that the store knows of, or the time of the read.
	AsOf time.Time
	// Version is what a Versioner said before the rows were read; "" where nobody asked.
	Version string
	// Approximate says that a percentile was computed from a sketch.
	Approximate bool
	// Truncated says that MaxRows cut rows off.
	Truncated bool
}

// Shared is the result as one of several who share it has it. Its rows are the same; the rest may be changed.
func (r *Result) Shared() *Result {
	out := *r
	out.Stats.Shared = true
	return &out
}

// Stats is what a query cost.
type Stats struct {
	Rows    int64         // rows returned
	Scanned int64         // rows read, 0 where the store does not say
	Bytes   int64         // bytes read, 0 where the store does not say
	Elapsed time.Duration // including the wait for a connection
	Shared  bool          // the query answered other widgets, too, of this request or of others
	Reused  Reuse         // the answer is an earlier one, to the same question
	Kept    int           // days of the range that were not computed, since what is known of them was kept
	Derived bool          // the query asked for finer groups, or for parts of the range, of which the answer is made
}

// Reuse says of an answer that was there already how old it may be.
type Reuse string

// An answer is computed, or one that is as good as new, or one that is being computed anew.
const (
	Computed Reuse = ""
	Fresh    Reuse = "fresh"
	Stale    Reuse = "stale"
)

// Part is one source's share of a result.
type Part struct {
	Source string // the catalog's name
	Stats  Stats
}

// Native is a query in the store's own language. Args are shown by position with values of
// the request in them; secrets never are.
type Native struct {
	Language string `json:"language"`
	Text     string `json:"text"`
	Args     []any  `json:"args,omitempty"`
	// Notes are warnings, such as a filter that no index serves.
	Notes []string `json:"notes,omitempty"`
	// Estimate is what the query would read; nil where the store cannot tell without running it.
	Estimate *Estimate `json:"estimate,omitempty"`
}

// Estimate is what a query would read; what is not known is 0.
type Estimate struct {
	Rows  int64 `json:"rows,omitzero"`
	Bytes int64 `json:"bytes,omitzero"`
	// Parts is how many partitions, objects or files are read.
	Parts int64 `json:"parts,omitzero"`
	// Ranged says that they grow with the query's range.
	Ranged bool `json:"ranged,omitzero"`
	// Basis says what the numbers are: counted, or taken from the store's statistics.
	Basis string `json:"basis"`
}
