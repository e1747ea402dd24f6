package catalog

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// union builds the members of a dataset that puts others together, once all datasets are known.
func (b *builder) union(d *Dataset, v *value) {
	disjoint := v.get("disjoint")
	if !v.wrote("union") {
		if disjoint != nil {
			b.faults.add(disjoint.at, "", "disjoint goes with union")
		}
		return
	}
	for _, key := range notWithUnion() {
		if x := v.get(key); x != nil {
			b.faults.add(x.at, "the rows are those of the union's members", "%s does not go with union", key)
		}
	}
	if t := v.get("tenant"); t != nil && t.text != tenantOfInputs {
		b.faults.add(t.at, "say tenant: inputs", "dataset %s: each member of a union is restricted by its own dataset's tenant", d.Name)
	}
	u := v.get("union")
	if u == nil || d.Source == nil {
		return // reported already
	}
	if !sourceKinds()[d.Source.Kind].joins {
		b.faults.add(v.get("source").at, "name a source of kind duckdb", "source %s, of kind %s, puts no union together", d.Source.Name, d.Source.Kind)
		return
	}
	if t := d.Time; t != nil && (t.Storage != query.StorageTimestamp || query.Location(t.Zone).String() != "UTC") {
		b.faults.add(v.get("time").at, "leave storage and zone out", "dataset %s: times of a union are instants, whatever its members keep", d.Name)
	}
	d.Union = &Union{}
	for _, c := range disjoint.all() {
		if dim := d.Dimensions[c.text]; dim != nil {
			d.Union.Disjoint = append(d.Union.Disjoint, dim.Field.Column)
			continue
		}
		b.unknown(c, "dimension", c.text, sortedKeys(d.Dimensions))
	}
	for _, e := range u.entries() {
		if m := b.unionMember(d, e); m != nil {
			d.Union.Members = append(d.Union.Members, m)
		}
	}
	if !b.anyFault(u) && len(d.Union.Members) == 0 {
		b.faults.add(u.at, "", "union has no members")
	}
	b.unionColumns(d, v)
}

// notWithUnion are the keys of a dataset whose rows are no others' rows.
func notWithUnion() []string { return append(notWithSQL(), "sql") }

func (b *builder) unionMember(d *Dataset, e entry) *UnionMember {
	v := e.val
	of := b.readBy(e, "member", "has no rows of its own")
	if of == nil {
		return nil
	}
	m := &UnionMember{
		Input: &JoinInput{
			Name: e.name, Dataset: of, Source: of.Source, Relation: of.Relation, Limit: v.get("limit").int(defaultUnionRows), Where: b.condition(v.get("where"), "where", of),
		},
		Columns: make(map[string]*Dimension),
	}
	named := make(map[string]*value)
	for _, c := range v.get("columns").entries() {
		named[c.name] = c.val
		if d.Dimensions[c.name] == nil {
			b.unknown(&value{at: c.at}, "dimension", c.name, sortedKeys(d.Dimensions))
		}
	}
	for _, name := range sortedKeys(d.Dimensions) {
		if d.Dimensions[name].Part == "" {
			b.memberColumn(m, d.Dimensions[name], named[name], e)
		}
	}
	if d.Time != nil {
		b.memberTime(m, d, e)
	}
	return m
}

// memberColumn finds which dimension of a member stands for one of the union.
func (b *builder) memberColumn(m *UnionMember, dim *Dimension, v *value, e entry) {
	of := m.Input.Dataset
	at, name := e.at, dim.Name
	if v != nil {
		at, name = v.at, v.text
		if of.Dimensions[name] == nil {
			b.unknown(v, "dimension", name, sortedKeys(of.Dimensions))
			return
		}
	}
	has := of.Dimensions[name]
	switch {
	case has == nil:
		return
	case has.Mask:
		b.faults.add(at, "", "member %s: %s is masked, and a union could show it", e.name, name)
	case has.Part != "" || has.Field.Type != dim.Field.Type || has.Field.Multi != dim.Field.Multi:
		b.faults.add(at, "name another one: columns: {"+dim.Name+": …}", "member %s: %s is not of the type that %s has in the union", e.name, name, dim.Name)
	default:
		m.Columns[dim.Field.Column] = has
	}
}

// memberTime sees that a range of the union is one of the member's.
func (b *builder) memberTime(m *UnionMember, d *Dataset, e entry) {
	t, has := m.Input.Dataset.Time, m.Columns[d.Time.Column]
	if t == nil || has == nil || has.Field.Column != t.Column {
		b.faults.add(e.at, "map it: columns: {"+d.Time.Column+": …}", "member %s: %s is not the time of dataset %s", e.name, d.Time.Column, m.Input.Dataset.Name)
		return
	}
	if t.Storage == query.StorageDate || t.Storage == query.StorageTimestamp && query.Location(t.Zone).String() != "UTC" {
		b.faults.add(e.at, "", "member %s: days and clocks that jump cannot be put in one order with other times", e.name)
	}
}

// unionColumns sees that every column is one that a member has, and every measure one that can be put together.
func (b *builder) unionColumns(d *Dataset, v *value) {
	if len(d.Union.Members) == 0 {
		return
	}
	has := func(column string) bool {
		return slices.ContainsFunc(d.Union.Members, func(m *UnionMember) bool { return m.Columns[column] != nil })
	}
	for _, e := range v.get("dimensions").entries() {
		if c := d.Dimensions[e.name].Field.Column; !has(c) {
			b.faults.add(e.at, "", "no member of the union has %s", c)
		}
	}
	for _, e := range v.get("measures").entries() {
		m := d.Measures[e.name].Query
		if m.Formula != nil {
			continue // its inputs are measures, too
		}
		if m.Agg == query.Percentile {
			b.faults.add(e.at, "", "measure %s: percentiles of a union's members do not add up", e.name)
		}
		if m.Agg == query.CountDistinct && m.Field.Multi {
			b.faults.add(e.at, "group by it", "measure %s: %s is a list, of which a union counts no different values", e.name, m.Field.Column)
		}
		if m.Field.Column != "" && !has(m.Field.Column) {
			b.faults.add(e.at, "make it a dimension, with hidden: true where nobody groups by it", "measure %s: no member of the union has %s", e.name, m.Field.Column)
		}
	}
}
