// Package plan turns a page's widgets and a request into logical queries. A Plan is a value: tests
// compare it, `catalog explain` prints it, package engine runs it. It runs nothing itself.
package plan

import (
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/locale"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Plan is what to compute for one request.
type Plan struct {
	Page    string
	Catalog string // the catalog's version
	Widgets []Widget
}

// Widget is one widget's part of a plan.
type Widget struct {
	ID   string
	Spec *catalog.Widget `json:"-"`
	Kind catalog.Kind
	// Language picks labels.
	Language string
	// Numbers is how they are written in the asked language, nil where none is; Title the one that the request gives, in place of the page's.
	Numbers *locale.Format `json:"-"`
	Title   string
	// Range is the asked range; Zone the request's time zone by its IANA name.
	Range query.Range
	Zone  string
	Now   time.Time
	// Comparison is the range compared with; zero when nothing is.
	Comparison query.Range
	// Compare is what it is: the catalog's, or what the request has in its place.
	Compare catalog.Compare `json:",omitempty"`
	// Grain is the resolved grain of a timeseries; Edges its bucket edges, n+1 for n buckets, and
	// ComparisonEdges those of the comparison (bucket i is compared with bucket i).
	Grain           catalog.Grain
	Edges           []time.Time
	ComparisonEdges []time.Time
	// Synthetic are the generated columns that the widget reads, where its dataset has real ones beside them.
	Synthetic []string `json:",omitempty"`
	// Alert is what a widget of kind alert is judged by; nil of all others. Its Range is then the window.
	Alert *Alert `json:",omitempty"`
	// Page and PageSize are the asked page of a table or feed, from 1. Its query asks for one row more, which tells that there is another page.
	Page, PageSize int
	// Cursor makes the cursor of the page that follows; nil where there are no pages.
	Cursor *Cursor `json:"-"`
	// Notes are what a reader should know of how the request was understood.
	Notes []Note `json:",omitempty"`
	// Lead says that the first row of a feed belongs to the page before, and is there for the gap to it. Gapless says that the request has the rows in another
	// order, in which there are no gaps.
	Lead, Gapless bool `json:",omitempty"`
	// Sought are the texts that the request of a keyness looks for; terms that they find are not shown.
	Sought []Sought `json:",omitempty"`
	// Windows are those of a trend, the oldest first; the last is the one that is scored.
	Windows []query.Range `json:",omitempty"`
	// Steps are the queries; they may run at the same time.
	Steps []Step
	// Follow is a query that waits for the others: Narrowed makes what is asked of what is shown of their answers. Nil for most widgets.
	Follow *Step `json:",omitempty"`
	// Cost orders widgets: the cheapest goes out first. Its unit is arbitrary.
	Cost int
	// Err is why this widget alone cannot be computed (an unknown id, say); it then has no steps.
	Err error `json:"-"`
}

// Note is one of a widget's notes: a code and a sentence.
type Note struct{ Code, Text string }

func (w *Widget) note(code, text string) { w.Notes = append(w.Notes, Note{code, text}) }

// Role says what a step's result is for.
type Role string

// The roles of a step.
const (
	Main       Role = "main"
	Comparison Role = "comparison"
	// History is the baseline of an alert, Evidence what an alert shows.
	History  Role = "history"
	Evidence Role = "evidence"
	// Input is what a join reads; it is a part of its step.
	Input Role = "input"
	// Total counts all rows that Main's groups are of; Sample finds rows of the groups that are shown.
	Total  Role = "total"
	Sample Role = "sample"
)

// Roles are the roles of a widget's own steps.
func Roles() []Role { return []Role{Main, Comparison, History, Evidence, Total, Sample} }

// Asked are all queries of a widget, the one that follows as it is before it is narrowed.
func (w *Widget) Asked() []Step {
	if w.Follow == nil {
		return w.Steps
	}
	return append(slices.Clone(w.Steps), *w.Follow)
}

// Step is one query to one source.
type Step struct {
	Role   Role
	Source string // the catalog's name of the source
	Query  *query.Query
}
