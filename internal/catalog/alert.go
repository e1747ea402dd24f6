package catalog

import (
	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Alert is the rule of a widget of kind alert. It judges the widget's first measure.
type Alert struct {
	alert.Rule
	// Column is what is at least the bound, of rule rows; nil without a bound.
	Column *Dimension
	// Key tells one row from another, of rule rows; nil where repeats are known by their window.
	Key *Dimension
	// Terms says that the evidence is the top values of the widget's one dimension; else it is rows, with its dimensions as their columns.
	Terms bool
	// Evidence restricts the evidence alone.
	Evidence query.Filter
	// Open is the page about one row of the evidence; nil where there is none.
	Open *Open
}

// Open says how to ask for the page about one row.
type Open struct {
	Page, Parameter, Dimension string
}
