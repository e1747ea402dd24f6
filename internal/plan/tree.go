package plan

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// The columns that a tree hangs its rows together by; no dimension has such a name.
const (
	ColumnID     = "__id"
	ColumnParent = "__parent"
	ColumnTime   = "__time"
)

// tree asks for the rows in the order of their time, so that a cut takes no answered row away from its answers, and for how many there are.
func (r *request) tree(w *Widget, base *query.Query) {
	spec, t := w.Spec, w.Spec.Dataset.Time
	column := func(name string, d *catalog.Dimension) query.Column {
		return query.Column{Name: name, Field: d.Field, Storage: d.Storage, Zone: d.Zone}
	}
	base.Rows, base.Total = true, true
	base.Select = []query.Column{
		{Name: ColumnTime, Field: query.Field{Column: t.Column, Type: query.Time}, Storage: t.Storage, Zone: t.Zone},
		column(ColumnID, spec.Tree.ID), column(ColumnParent, spec.Tree.Parent),
	}
	for _, d := range spec.Dimensions {
		base.Select = append(base.Select, column(d.Name, d))
	}
	base.Order = []query.Order{{Name: ColumnTime}, {Name: ColumnID}}
	w.Page, w.PageSize = 1, min(spec.PageSize, spec.Dataset.Limits.Rows)
	if r.Exports() {
		w.PageSize = spec.Dataset.Limits.Rows
	}
	base.Limit = w.PageSize
	w.Steps = []Step{{Role: Main, Source: spec.Dataset.Source.Name, Query: base}}
}
