package plan

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// narrowed is what the page's parameters restrict a dataset to: the values of each that the request has.
func (r *request) narrowed(d *catalog.Dataset) (query.Filter, error) {
	var out query.And
	for i := range r.page.Parameters {
		p := &r.page.Parameters[i]
		values, err := r.values(p)
		if err != nil {
			return nil, err
		}
		dim := p.Dimensions[d.Name]
		if dim == nil || len(values) == 0 {
			continue
		}
		f := query.Compare{Field: dim.Field, Op: query.In, Storage: dim.Storage, Zone: dim.Zone}
		for _, v := range values {
			typed, ok := typedValue(v, dim.Field.Type, r.zone)
			if !ok {
				return nil, reject(models.ReasonBadValue, "parameter %s: %s is no %s", p.Name, shown(v), typeName(dim.Field.Type))
			}
			f.Values = append(f.Values, typed)
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, nil //nolint:nilnil // nothing to restrict
	}
	return out, nil
}

// values reads the values of a parameter: one, or a list. What a form sends for a field that nobody filled in asks for nothing.
func (r *request) values(p *catalog.PageParameter) ([]any, error) {
	given, err := r.given(p.Name)
	if err != nil {
		return nil, err
	}
	values, isList := given.([]any)
	if !isList {
		values = []any{given}
	}
	out := make([]any, 0, len(values))
	for _, v := range values {
		if v != nil && v != "" {
			out = append(out, v)
		}
	}
	switch {
	case len(out) == 0 && p.Required:
		return nil, reject(models.ReasonMissingParameter, "parameter %s is missing; the page is about one of it", p.Name)
	case len(out) > maxValues:
		return nil, reject(models.ReasonBadValue, "parameter %s has more than %d values", p.Name, maxValues)
	}
	return out, nil
}
