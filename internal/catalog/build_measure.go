package catalog

import (
	"github.com/go-dispatcher/dispatcher/internal/query"
)

func (b *builder) measures(d *Dataset, v *value) {
	f := &formulas{measures: d.Measures, sources: map[string]*value{}, state: map[string]int{}, faults: b.faults}
	for _, e := range v.entries() {
		m := b.measure(e.name, e.val, d)
		d.Measures[e.name] = m
		if src := e.val.get("formula"); src != nil {
			f.sources[e.name] = src
		}
	}
	f.compileAll()
}

func (b *builder) measure(name string, v *value, d *Dataset) *Measure {
	agg, formula := v.get("agg"), v.get("formula")
	m := &Measure{
		Name: name, Label: v.get("label").labels(name), Definition: v.get("definition").str(""), Condition: v.get("where").str(""),
		Unit: v.get("unit").str(""), DownIsGood: v.get("down_is_good").bool(false),
		Query: query.Measure{Name: name, Agg: query.Agg(agg.str(""))},
	}
	if n := v.get("decimals"); n != nil {
		digits := n.int(0)
		m.Decimals = &digits
	}
	if r := v.get("neutral_range"); r != nil {
		m.NeutralRange = [2]float64{r.items[0].num, r.items[1].num}
		if m.NeutralRange[0] > m.NeutralRange[1] {
			b.faults.add(r.at, "write [low, high]", "neutral_range is the wrong way round")
		}
	}
	switch {
	case formula != nil && agg != nil:
		b.faults.add(formula.at, "keep one of them", "measure %s has both agg and formula", name)
	case formula != nil:
		for _, key := range notWithFormula() {
			if x := v.get(key); x != nil {
				b.faults.add(x.at, "put it on the measures that the formula names", "%s does not go with formula", key)
			}
		}
	case agg == nil:
		if !v.wrote("agg") {
			b.faults.add(v.at, "", "measure %s has neither agg nor formula", name)
		}
	default:
		b.aggregate(m, v, d)
	}
	m.Fill = v.get("fill").str(defaultFill(m.Query.Agg))
	return m
}

// notWithFormula are the keys that go with an aggregate alone.
func notWithFormula() []string { return []string{"field", "where", "fraction", "type", "approximate"} }

func defaultFill(a query.Agg) string {
	switch a {
	case query.Count, query.CountDistinct, query.Sum:
		return "zero"
	default: // handled below
	}
	return "null"
}

func (b *builder) aggregate(m *Measure, v *value, d *Dataset) {
	q := &m.Query
	field, fraction := v.get("field"), v.get("fraction")
	if field != nil {
		q.Field, q.Storage, q.Zone = b.field(field, v.get("type"), q.Agg, d)
	} else if q.Agg != query.Count {
		b.faults.add(v.at, "only count works without one", "measure %s: %s needs a field", m.Name, q.Agg)
	}
	if (q.Agg == query.Sum || q.Agg == query.Avg || q.Agg == query.Percentile) && field != nil &&
		q.Field.Type != query.Int && q.Field.Type != query.Float {
		b.faults.add(field.at, "give the dimension or the measure its type", "measure %s: %s needs a number; %s is %s", m.Name, q.Agg, field.text, q.Field.Type)
	}
	switch {
	case q.Agg == query.Percentile && fraction == nil && !v.wrote("fraction"):
		b.faults.add(v.at, "for example fraction: 0.5", "measure %s: percentile needs a fraction", m.Name)
	case q.Agg != query.Percentile && fraction != nil:
		b.faults.add(fraction.at, "", "fraction goes with percentile")
	}
	if a := v.get("approximate"); a != nil {
		if q.Approximate = a.yes; q.Agg != query.Percentile {
			b.faults.add(a.at, "", "approximate goes with percentile")
		}
	}
	q.Fraction = fraction.float()
	q.Where = b.condition(v.get("where"), "where", d)
}

// field finds the type of a measured column: said outright, that of a dimension, or what the aggregate needs; and how a time
// column is kept.
func (b *builder) field(f, typ *value, agg query.Agg, d *Dataset) (out query.Field, storage, zone string) {
	out = query.Field{Column: f.text, Type: query.Float}
	if agg == query.CountDistinct || agg == query.Count {
		out.Type = query.String
	}
	found := d.Dimensions[f.text]
	for _, name := range sortedKeys(d.Dimensions) {
		if dim := d.Dimensions[name]; (found == nil || found.Part != "") && dim.Field.Column == f.text {
			found = dim
		}
	}
	if found != nil && found.Part == "" {
		out = found.Field
	}
	if typ != nil {
		out.Type = query.Type(typ.text)
	}
	if out.Type == query.Time {
		switch {
		case found != nil:
			storage, zone = found.Storage, found.Zone
		case d.Time != nil && d.Time.Column == f.text:
			storage, zone = d.Time.Storage, d.Time.Zone
		}
	}
	return out, storage, zone
}
