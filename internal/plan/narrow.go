package plan

import (
	"bytes"
	"encoding/json"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// narrowed is what the page's parameters restrict a dataset to: the values of each that the request has.
func (r *request) narrowed(d *catalog.Dataset) (query.Filter, error) {
	var out query.And
	for i := range r.page.Parameters {
		p := &r.page.Parameters[i]
		values, err := r.given(p)
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

// given reads the values of a parameter: one, or a list. What a form sends for a field that nobody filled in asks for nothing.
func (r *request) given(p *catalog.PageParameter) ([]any, error) {
	var given any
	if text, ok := r.known(p.Name); ok {
		given = text
	} else if raw, ok := r.ExtraOf(p.Name); ok {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err := dec.Decode(&given); err != nil {
			return nil, reject(models.ReasonBadValue, "parameter %s cannot be read", p.Name)
		}
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
