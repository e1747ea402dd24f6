package rollup

import (
	"encoding/hex"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Parts is what measures are put together from.
type Parts struct {
	// Measures are aggregates of parts, each once, under names that are the same in every query.
	Measures []query.Measure
	// Values are groups by a column's values, which percentiles and counts of different values need: they are made of how often each value is there.
	Values []query.Group
}

// PartsOf returns what measures are put together from; false where one of them is approximate, which no sum of parts is.
func PartsOf(measures []query.Measure) (Parts, bool) {
	var out Parts
	for i := range measures {
		for _, m := range measures[i].Plain() {
			parts, value, ok := partsOf(m)
			if !ok {
				return Parts{}, false
			}
			for _, p := range parts {
				if !slices.ContainsFunc(out.Measures, func(o query.Measure) bool { return o.Name == p.Name }) {
					out.Measures = append(out.Measures, p)
				}
			}
			if value != nil && !slices.ContainsFunc(out.Values, func(o query.Group) bool { return o.Field == value.Field }) {
				out.Values = append(out.Values, *value)
			}
		}
	}
	return out, true
}

// Exact says that what is put together from parts is the same to the last digit. A sum of floating-point numbers depends on the order in which they are added up.
func Exact(measures []query.Measure) bool {
	for i := range measures {
		for _, m := range measures[i].Plain() {
			if m.Field.Type == query.Float && (m.Agg == query.Sum || m.Agg == query.Avg) {
				return false
			}
		}
	}
	return true
}

// partsOf are those of a plain aggregate: first the one that carries its value, then what else is needed to put values together.
func partsOf(m query.Measure) (parts []query.Measure, value *query.Group, ok bool) {
	switch m.Agg {
	case query.Count, query.Min, query.Max:
		return []query.Measure{part(m, m.Agg)}, nil, true
	case query.Sum:
		return withBroken(m, part(m, query.Sum)), nil, true
	case query.Avg:
		return withBroken(m, part(m, query.Sum), part(m, query.Count)), nil, true
	case query.CountDistinct, query.Percentile:
		if m.Approximate || m.Field.Multi {
			return nil, nil, false
		}
		rows := query.Measure{Where: m.Where}
		return []query.Measure{part(rows, query.Count)}, &query.Group{Name: nameOf(query.Measure{Agg: "value", Field: m.Field}), Field: m.Field, Storage: m.Storage, Zone: m.Zone}, true
	case query.NonFinite:
	}
	return nil, nil, false
}

// withBroken adds the number of values that are infinite or none: one of them makes the sum of all null, which the sum of a part that has others besides does
// not tell from a part without values.
func withBroken(m query.Measure, parts ...query.Measure) []query.Measure {
	if m.Field.Type == query.Float {
		parts = append(parts, part(m, query.NonFinite))
	}
	return parts
}

// part is an aggregate over the rows and the field of m, named by what it is.
func part(m query.Measure, agg query.Agg) query.Measure {
	p := query.Measure{Agg: agg, Field: m.Field, Storage: m.Storage, Zone: m.Zone, Where: m.Where}
	p.Name = nameOf(p)
	return p
}

// nameOf is another for whatever is another aggregate. Conditions go in by their key.
func nameOf(m query.Measure) string {
	name := string(m.Agg) + " " + string(m.Field.Type) + " " + m.Storage + " " + m.Zone + " " + m.Field.Column
	if m.Field.Multi {
		name += " each"
	}
	if m.Where == nil {
		return name
	}
	key := query.KeyOfFilter(m.Where)
	return name + " where " + hex.EncodeToString(key[:12])
}
