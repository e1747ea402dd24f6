package rollup

import (
	"encoding/hex"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Parts returns the aggregates that measures are put together from, each once, under names that are the same in every query. False says that one of
// the measures is no such thing: a percentile or a count of different values is not made of those of parts.
func Parts(measures []query.Measure) ([]query.Measure, bool) {
	var out []query.Measure
	for i := range measures {
		for _, m := range measures[i].Plain() {
			parts, ok := partsOf(m)
			if !ok {
				return nil, false
			}
			for _, p := range parts {
				if !slices.ContainsFunc(out, func(o query.Measure) bool { return o.Name == p.Name }) {
					out = append(out, p)
				}
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
func partsOf(m query.Measure) ([]query.Measure, bool) {
	switch m.Agg {
	case query.Count, query.Min, query.Max:
		return []query.Measure{part(m, m.Agg)}, true
	case query.Sum:
		return withBroken(m, part(m, query.Sum)), true
	case query.Avg:
		return withBroken(m, part(m, query.Sum), part(m, query.Count)), true
	case query.CountDistinct, query.Percentile, query.NonFinite:
	}
	return nil, false
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
	key := (&query.Query{Measures: []query.Measure{p}}).Key()
	p.Name = "p" + hex.EncodeToString(key[:8])
	return p
}
