package plan

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// params returns the values of what a dataset's own query binds, over the request's range.
func (r *request) params(d *catalog.Dataset) ([]query.Param, error) {
	if len(d.Binds) == 0 {
		return nil, nil
	}
	out := make([]query.Param, 0, len(d.Binds))
	for _, name := range d.Binds {
		p := query.Param{Name: name, Type: query.String}
		switch name {
		case query.ParamTenant:
			value, err := r.tenantValue(d)
			if err != nil {
				return nil, err
			}
			p.Type, p.Value = d.Tenant.Field.Type, value
		case query.ParamFrom, query.ParamTo:
			p.Type = query.Time
			if d.Time != nil {
				p.Storage, p.Zone = d.Time.Storage, d.Time.Zone
			}
		case query.ParamZone:
			p.Value = r.zone.String()
		case query.ParamLanguage:
			p.Value = r.Language
		default:
			declared := d.Parameters[name]
			value, err := r.parameter(declared)
			if err != nil {
				return nil, err
			}
			p.Type, p.Value = declared.Type, value
		}
		out = append(out, p)
	}
	return within(out, r.rng), nil
}

// within returns the parameters with another range.
func within(params []query.Param, rng query.Range) []query.Param {
	out := slices.Clone(params)
	for i := range out {
		switch out[i].Name {
		case query.ParamFrom:
			out[i].Value = rng.From
		case query.ParamTo:
			out[i].Value = rng.To
		}
	}
	return out
}

// parameter reads a declared parameter from the request, with its type.
func (r *request) parameter(p *catalog.Parameter) (any, error) {
	given, err := r.given(p.Name)
	if err != nil {
		return nil, err
	}
	if given == nil || given == "" {
		if p.Required {
			return nil, reject(models.ReasonMissingParameter, "parameter %s is missing", p.Name)
		}
		if p.Default == "" {
			return nil, nil //nolint:nilnil // an absent value is null
		}
		given = p.Default
	}
	value, ok := typedValue(given, p.Type, r.zone)
	if !ok {
		return nil, reject(models.ReasonBadValue, "parameter %s: %s is no %s", p.Name, shown(given), typeName(p.Type))
	}
	if len(p.Values) > 0 && !slices.ContainsFunc(p.Values, func(v string) bool {
		allowed, ok := typedValue(v, p.Type, r.zone)
		return ok && allowed == value
	}) {
		return nil, reject(models.ReasonBadValue, "parameter %s: %s is none of its values", p.Name, shown(given))
	}
	if text, isText := value.(string); isText && p.Pattern != "" {
		if pattern, err := regexp.Compile(p.Pattern); err != nil || !pattern.MatchString(text) {
			return nil, reject(models.ReasonBadValue, "parameter %s: %s is not of the form that it must have", p.Name, strconv.Quote(clip(text)))
		}
	}
	return value, nil
}

// given reads a key of the request as it was sent; nil where it was not.
func (r *request) given(name string) (given any, err error) {
	if text, ok := r.known(name); ok {
		return text, nil
	}
	raw, ok := r.ExtraOf(name)
	if !ok {
		return nil, nil //nolint:nilnil // nothing was sent
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&given); err != nil {
		return nil, reject(models.ReasonBadValue, "parameter %s cannot be read", name)
	}
	return given, nil
}

// known returns a key that the contract names, by that name.
func (r *request) known(name string) (string, bool) {
	switch name {
	case "monitor_id":
		return r.MonitorID, true
	case "data_source":
		return r.DataSource, true
	case "data_source_name":
		return r.DataSourceName, true
	case "product":
		return r.Product, true
	case "page_name":
		return r.PageName, true
	case "company_id":
		return r.CompanyID, true
	case "company_schema":
		return r.CompanySchema, true
	}
	return "", false
}
