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

// RuleText says the rule of an alert in words; empty for all else.
func (w *Widget) RuleText(language string) string {
	if w.Alert == nil || len(w.Measures) == 0 {
		return ""
	}
	return w.Alert.Text(w.RuleNames(language), language)
}

// RuleNames are what the rule of an alert is about, in a language.
func (w *Widget) RuleNames(language string) alert.Names {
	m := w.Measures[0]
	n := alert.Names{Title: w.Title.In(language, w.ID), Measure: m.Label.In(language, m.Name), Percent: m.Unit == "percentunit"}
	if w.Alert.Terms {
		n.Dimension = w.Dimensions[0].Label.In(language, w.Dimensions[0].Name)
	}
	if c := w.Alert.Column; c != nil {
		n.Column = c.Label.In(language, c.Name)
	}
	return n
}
