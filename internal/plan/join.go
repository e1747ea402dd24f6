package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// relation is where the rows of a dataset are: a place of their own, other datasets, or what SQL makes of their answers.
func (r *request) relation(d *catalog.Dataset) (query.Relation, error) {
	if d.Union != nil {
		return r.union(d.Union)
	}
	if d.Join == nil {
		return r.place(d, d.Relation)
	}
	join := &query.Join{SQL: d.Join.SQL}
	for _, in := range d.Join.Inputs {
		q, err := r.input(in)
		if err != nil {
			return query.Relation{}, err
		}
		join.Inputs = append(join.Inputs, query.Input{Name: in.Name, Source: in.Source.Name, Query: q})
	}
	return query.Relation{Join: join}, nil
}

// tenantName is what a tenant may be called where it is a part of a table's name, whatever the catalog allows elsewhere.
var tenantName = regexp.MustCompile(`^[A-Za-z0-9_]{1,48}$`)

// place is where the rows are for the request's tenant, which may have a table of its own.
func (r *request) place(d *catalog.Dataset, at query.Relation) (query.Relation, error) {
	const mark = "{" + query.ParamTenant + "}"
	if !strings.Contains(at.Table, mark) {
		return at, nil
	}
	value, err := r.tenantValue(d)
	if err != nil {
		return at, err
	}
	name := fmt.Sprint(value)
	if !tenantName.MatchString(name) {
		return at, reject(models.ReasonForbiddenName, "%s %s cannot be a part of a table's name", d.Tenant.Parameter, strconv.Quote(clip(name)))
	}
	at.Table = strings.ReplaceAll(at.Table, mark, name)
	return at, nil
}

// input is the query of one input. It is restricted as every query of its dataset is: by tenant, range and row filter; the
// request's filters are on the joined rows, but for those that an input takes.
func (r *request) input(in *catalog.JoinInput) (*query.Query, error) {
	tenant, err := r.tenant(in.Dataset)
	if err != nil {
		return nil, err
	}
	params, err := r.params(in.Dataset)
	if err != nil {
		return nil, err
	}
	relation, err := r.place(in.Dataset, in.Relation)
	if err != nil {
		return nil, err
	}
	q := &query.Query{
		Dataset: in.Dataset.Name, Relation: relation, Tenant: tenant, Params: params, Rows: in.Rows,
		Where: all(in.Dataset.RowFilter, in.Where, r.taken(in)),
	}
	bound(q, in.Dataset.Limits, in.Limit)
	if !masks(in.Dataset, "") { // a union asks for whatever a widget shows
		q.Share = r.share(in.Dataset)
	}
	if in.Dataset.Time != nil && !in.Always {
		q.Time, q.Range = in.Dataset.Time, r.rng
	}
	for _, dim := range in.Dimensions {
		if in.Rows {
			q.Select = append(q.Select, query.Column{Name: dim.Name, Field: dim.Field, Storage: dim.Storage, Zone: dim.Zone})
		} else {
			q.Groups = append(q.Groups, r.group(dim))
		}
	}
	for _, m := range in.Measures {
		measure := m.Query
		measure.Name = m.Name
		q.Measures = append(q.Measures, measure)
	}
	return q, nil
}

// taken are the request's conditions that restrict an input, in place of the joined rows.
func (r *request) taken(in *catalog.JoinInput) query.Filter {
	var out query.And
	for i := range r.conditions {
		if f, ok := r.takes(in, &r.conditions[i]); ok {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// takes binds a condition to an input, if the input takes it.
func (r *request) takes(in *catalog.JoinInput, c *condition) (query.Filter, bool) {
	if !in.Filtered {
		return nil, false
	}
	f, err := bindOne(c, in.Dataset, r.page, r.zone)
	return f, err == nil
}

// left are the request's conditions without those that an input of d takes.
func (r *request) left(d *catalog.Dataset) []condition {
	if d.Join == nil {
		return r.conditions
	}
	var out []condition
	for i := range r.conditions {
		if !slices.ContainsFunc(d.Join.Inputs, func(in *catalog.JoinInput) bool {
			_, ok := r.takes(in, &r.conditions[i])
			return ok
		}) {
			out = append(out, r.conditions[i])
		}
	}
	return out
}

// over returns the join with its inputs over another range.
func over(j *query.Join, rng query.Range, zone *time.Location) *query.Join {
	out := &query.Join{SQL: j.SQL, Inputs: make([]query.Input, len(j.Inputs))}
	for i, in := range j.Inputs {
		q := *in.Query
		if q.Time != nil {
			q.Range = rng
		}
		q.Params = within(q.Params, rng)
		q.Groups = append([]query.Group(nil), q.Groups...)
		reoffset(q.Groups, rng, zone)
		in.Query = &q
		out.Inputs[i] = in
	}
	return out
}

// reoffset has parts of times read the clock of another range.
func reoffset(groups []query.Group, rng query.Range, zone *time.Location) {
	for i := range groups {
		if groups[i].Part != "" {
			groups[i].Offsets = offsets(rng, zone)
		}
	}
}

// all joins the conditions that there are.
func all(filters ...query.Filter) query.Filter {
	var out query.And
	for _, f := range filters {
		if f != nil {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
