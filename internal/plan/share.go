package plan

import (
	"fmt"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// share says how long answers over a dataset are shared.
func (r *request) share(d *catalog.Dataset) *query.Share {
	if d.Share == nil {
		return nil
	}
	return &query.Share{FreshFor: d.Share.FreshFor, StaleFor: d.Share.StaleFor, Tenant: r.owner(d), Changes: r.changes(d)}
}

// changes is what tells whether rows of a dataset have changed: asked as every query of the dataset is, by tenant and row filter, whatever else the request restricts.
func (r *request) changes(d *catalog.Dataset) *query.Changes {
	if d.Changes == nil {
		return nil
	}
	of := *d.Changes.Dataset
	of.Share, of.Changes = nil, nil // nothing of it is shared that could be older than what it is to tell
	q, err := r.input(&catalog.JoinInput{Dataset: &of, Source: of.Source, Relation: of.Relation, Measures: d.Changes.Measures, Always: true, Limit: 1})
	if err != nil {
		return nil // the widget's own query is refused for it
	}
	if d.Changes.Dataset == d {
		q.Time = d.Time
	}
	return &query.Changes{Query: q, Every: d.Changes.Every}
}

// owner is whose a dataset's rows are for this request; empty where they are everybody's.
func (r *request) owner(d *catalog.Dataset) string {
	if d.Tenant != nil {
		value, err := r.tenantValue(d)
		if err != nil {
			return r.Tenant() // the query is refused for it elsewhere
		}
		return fmt.Sprint(value)
	}
	for _, in := range d.Inputs() {
		if owner := r.owner(in.Dataset); owner != "" {
			return owner
		}
	}
	return ""
}

// unshare has no answer shared that holds texts which are masked only where they are shown.
func unshare(w *Widget) {
	for _, step := range w.Asked() {
		if slices.ContainsFunc(step.Query.Select, func(c query.Column) bool { return masks(w.Spec.Dataset, c.Field.Column) }) {
			step.Query.Share = nil
		}
	}
}

// masks says that a dataset masks a column; any, where none is named.
func masks(d *catalog.Dataset, column string) bool {
	for _, dim := range d.Dimensions {
		if dim.Mask && (column == "" || dim.Field.Column == column) {
			return true
		}
	}
	return false
}
