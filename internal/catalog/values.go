package catalog

import (
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// ValuesWidget is the id of the widget that lists a member's values.
const ValuesWidget = "Members"

// Values returns the page with one widget alone: the values of a member that requests may filter by, the most frequent first, with how many rows have each. search, where it is
// not empty, is a part of a text. The widget is built as the page's others are, over rows that one of them shows, so that tenant, row filters and parameters
// hold for it. A member that is not there, or is not shown, is an error that a requester may read.
func (p *Page) Values(member, search string, limit int) (*Page, error) {
	dataset, dim, err := p.member(member)
	if err != nil {
		return nil, err
	}
	where := query.And{}
	if rows := p.shown(dataset); rows != nil {
		where = append(where, rows)
	}
	if search != "" {
		if dim.Field.Type != query.String {
			return nil, fmt.Errorf("the values of %s are no texts, and cannot be searched", dim.Name)
		}
		where = append(where, query.Compare{Field: dim.Field, Op: query.Contains, Values: []any{search}})
	}
	count := &Measure{
		Name: "rows", Label: Labels{"en": "Rows", "ar": "الصفوف"}, Definition: "Number of rows.", Unit: "short", Fill: "zero",
		Query: query.Measure{Name: "rows", Agg: query.Count},
	}
	out := *p
	out.Custom, out.Omit = nil, nil
	out.Widgets = []*Widget{{
		ID: ValuesWidget, Kind: Breakdown, Title: dim.Label, Dataset: dataset, Measures: []*Measure{count}, Dimensions: []*Dimension{dim}, Top: limit,
		Sort: []query.Order{{Name: count.Name, Desc: true}, {Name: dim.Name}}, Where: where,
	}}
	return &out, nil
}

// member finds a member by its name, bare or as dataset.name: the first of the page's datasets that has it.
func (p *Page) member(name string) (*Dataset, *Dimension, error) {
	var known []string
	for _, d := range p.Datasets() {
		for _, dim := range p.Members(d) {
			if !dim.Countable() {
				continue
			}
			if name == dim.Name || name == d.Name+"."+dim.Name {
				return d, dim, nil
			}
			known = append(known, dim.Name)
		}
	}
	hint := Suggest(name, known)
	if hint != "" {
		hint = "; " + hint
	}
	return nil, nil, fmt.Errorf("page %s has no member %q whose values can be listed%s", p.Key.Page, clip(name), hint)
}

// shown are the rows of a dataset that some widget of the page may show; nil is all of them.
func (p *Page) shown(d *Dataset) query.Filter {
	var alternatives query.Or
	for _, w := range p.Widgets {
		if w.Dataset != d {
			continue
		}
		if w.Where == nil {
			return nil
		}
		alternatives = append(alternatives, w.Where)
	}
	if p.Custom != nil {
		for _, custom := range p.Custom.Datasets {
			if custom != d {
				continue
			}
			where := p.Custom.Where[d.Name]
			if where == nil {
				return nil
			}
			alternatives = append(alternatives, where)
		}
	}
	return alternatives
}
