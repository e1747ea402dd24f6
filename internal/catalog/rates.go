package catalog

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Rate names the columns that hold what a measure divides by what.
type Rate struct{ Numerator, Denominator string }

// Columns are the measures that a widget's answer has: those that it shows, and then the operands of its rates.
func (w *Widget) Columns() []*Measure { return append(slices.Clip(w.Measures), w.Operands...) }

// The names of operands that are no measures themselves, behind that of their rate.
const (
	NumeratorSuffix   = "_numerator"
	DenominatorSuffix = "_denominator"
)

// rates has the answer carry what each rate is made of, so that a reader can tell one of two from one of two hundred, and add rates up.
func (b *builder) rates(w *Widget) {
	switch w.Kind {
	case Stat, Timeseries, Breakdown, Table, Histogram, Heatmap:
	case Feed, AlertKind, TreeKind, TrendKind, Keyness:
		return
	}
	for _, m := range w.Measures {
		division, ok := m.Query.Formula.(query.Binary)
		if !ok || division.Op != "/" || len(refs(division.Left)) == 0 || len(refs(division.Right)) == 0 {
			continue
		}
		if w.Rates == nil {
			w.Rates = make(map[string]Rate)
		}
		w.Rates[m.Name] = Rate{
			Numerator:   w.operand(m, division.Left, NumeratorSuffix, Labels{"en": " (numerator)", "ar": " (البسط)"}),
			Denominator: w.operand(m, division.Right, DenominatorSuffix, Labels{"en": " (denominator)", "ar": " (المقام)"}),
		}
	}
}

// operand returns the name of the column that holds a part of a rate: a measure by its own name, arithmetic by that of the rate.
func (w *Widget) operand(rate *Measure, part query.Expr, suffix string, words Labels) string {
	has := func(name string) bool {
		return slices.ContainsFunc(w.Columns(), func(m *Measure) bool { return m.Name == name })
	}
	if ref, ok := part.(query.Ref); ok {
		if name := string(ref); !has(name) {
			w.Operands = append(w.Operands, w.Dataset.Measures[name])
		}
		return string(ref)
	}
	name := rate.Name + suffix
	for has(name) || w.Dataset.Measures[name] != nil || w.Dataset.Dimensions[name] != nil {
		name += "_"
	}
	m := &Measure{Name: name, Label: make(Labels, len(rate.Label)), Fill: "zero", Query: query.Measure{Name: name, Formula: part}}
	for language, label := range rate.Label {
		m.Label[language] = label + words.In(language, "")
	}
	used := refs(part)
	for _, in := range rate.Query.Inputs {
		if slices.Contains(used, in.Name) {
			m.Query.Inputs = append(m.Query.Inputs, in)
			if defaultFill(in.Agg) != "zero" {
				m.Fill = "null"
			}
		}
	}
	w.Operands = append(w.Operands, m)
	return name
}

// refs are the measures that arithmetic names.
func refs(e query.Expr) []string {
	switch e := e.(type) {
	case query.Ref:
		return []string{string(e)}
	case query.Binary:
		return append(refs(e.Left), refs(e.Right)...)
	case query.Number:
	}
	return nil
}
