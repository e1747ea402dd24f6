package catalog

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Markdown writes what the catalog offers: its pages with the events that ask for them and their widgets, and its datasets with the
// definition and the formula of each measure. Events maps events that a contract knows to their pages.
func (c *Catalog) Markdown(out io.Writer, events map[string][]string) error {
	d := &document{out: out, events: make(map[string][]string), shown: make(map[string]string)}
	for event, pages := range events {
		for _, page := range pages {
			d.events[page] = append(d.events[page], event)
		}
	}
	for key, page := range c.Pages {
		d.events[key] = append(d.events[key], page.Events...)
	}
	d.line("## Pages\n\n| page | asked by | widgets |\n|---|---|---|")
	for _, key := range sortedKeys(c.Pages) {
		d.page(key, c.Pages[key])
	}
	d.line("\n## Widgets")
	for _, key := range sortedKeys(c.Pages) {
		d.widgets(key, c.Pages[key])
	}
	d.line("\n## Datasets")
	for _, name := range sortedKeys(c.Datasets) {
		d.dataset(c.Datasets[name])
	}
	return d.err
}

type document struct {
	out    io.Writer
	events map[string][]string
	shown  map[string]string // tables of widgets → the page that has them first
	err    error
}

func (d *document) line(format string, args ...any) {
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.out, format+"\n", args...)
	}
}

// cell escapes what would end a table's cell.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}

func (d *document) page(key string, p *Page) {
	events := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(d.events[key]), d.events[p.Key.Page]...))))
	ids := make([]string, len(p.Widgets))
	for i, w := range p.Widgets {
		ids[i] = w.ID
	}
	if len(events) == 0 {
		events = []string{"its name"}
	}
	d.line("| %s | %s | %s |", key, strings.Join(events, ", "), strings.Join(ids, ", "))
}

func (d *document) widgets(key string, p *Page) {
	d.line("\n### %s\n", key)
	for _, param := range p.Parameters {
		must := "may be"
		if param.Required {
			must = "is"
		}
		d.line("The key `%s` %s required.\n", param.Name, must)
	}
	if p.Custom != nil {
		var names []string
		for _, s := range p.Custom.Datasets {
			names = append(names, s.Name)
		}
		d.line("Requests may describe widgets of their own over %s.\n", strings.Join(names, ", "))
	}
	var rows strings.Builder
	for _, w := range p.Widgets {
		var by, measures []string
		for _, dim := range w.Dimensions {
			by = append(by, dim.Name)
		}
		if w.BinField != nil && len(by) == 0 {
			by = append(by, w.BinField.Name)
		}
		for _, m := range w.Measures {
			measures = append(measures, m.Name)
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s | %s |\n", w.ID, w.Kind, w.Dataset.Name, strings.Join(by, ", "), strings.Join(measures, ", "),
			strings.ReplaceAll(string(w.Compare), "_", " ")+w.RuleText("en"))
	}
	if first := d.shown[rows.String()]; first != "" {
		d.line("As %s.", first)
		return
	}
	d.shown[rows.String()] = key
	d.line("| widget | kind | dataset | by | measures | compared with, or the rule |\n|---|---|---|---|---|---|\n%s", strings.TrimRight(rows.String(), "\n"))
}

func (d *document) dataset(s *Dataset) {
	d.line("\n### %s\n", s.Name)
	if s.Description != "" {
		d.line("%s\n", s.Description)
	}
	switch {
	case s.Synthetic:
		d.line("All of it is generated, and every result says so.\n")
	case len(s.SyntheticColumns) > 0:
		d.line("Generated, and named by every result that reads them: %s.\n", strings.Join(s.SyntheticColumns, ", "))
	}
	if len(s.Measures) == 0 {
		return
	}
	d.line("| measure | unit | definition | formula |\n|---|---|---|---|")
	for _, name := range sortedKeys(s.Measures) {
		m := s.Measures[name]
		d.line("| %s | %s | %s | %s |", name, m.Unit, cell(m.Definition), cell(formulaText(m)))
	}
}

// formulaText writes what a measure computes: of a ratio numerator and denominator.
func formulaText(m *Measure) string {
	if m.Query.Formula != nil {
		return exprText(m.Query.Formula)
	}
	of := m.Query.Field.Column
	if m.Query.Agg == query.Percentile {
		of += fmt.Sprintf(", %g", m.Query.Fraction)
	}
	text := fmt.Sprintf("%s(%s)", m.Query.Agg, of)
	if m.Condition != "" {
		text += " where " + m.Condition
	}
	return text
}

func exprText(e query.Expr) string {
	switch e := e.(type) {
	case query.Number:
		return fmt.Sprintf("%g", float64(e))
	case query.Ref:
		return string(e)
	case query.Binary:
		return "(" + exprText(e.Left) + " " + e.Op + " " + exprText(e.Right) + ")"
	}
	return ""
}
