package sqlgen

import (
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// coarsePlan is how a query is made of sums.
type coarsePlan struct {
	*Coarse
	q *query.Query
	// keys are the columns that rows are added up by; unit is of what length the stretches of their time are that they are added up by, too, 0 where it is by none.
	keys []query.Group
	unit time.Duration
	// blocks is the group by few stretches of time, which are asked one by one; nil where there is none.
	blocks *query.Group
	// again says that the sums are of finer groups than those that are asked for.
	again bool
	parts []query.Measure // what is added up, but for the number of rows
}

// plan returns nil where a query is better asked as it is.
func (c *Coarse) plan(q *query.Query) *coarsePlan {
	p := &coarsePlan{Coarse: c, q: q}
	for i := range q.Groups {
		if !p.group(&q.Groups[i]) {
			return nil
		}
	}
	if len(q.Groups) == 0 || !p.dense(q.Range) {
		return nil
	}
	p.again = p.again || p.unit > 0 && !slices.ContainsFunc(q.Groups, p.apart)
	for i := range q.Measures {
		for _, m := range q.Measures[i].Plain() {
			if p.ofKeys(&m) {
				continue
			}
			if p.again && !addable(&m) {
				return nil
			}
			if p.part(&m) < 0 {
				p.parts = append(p.parts, m)
			}
		}
	}
	return p
}

// group finds the column whose values a group is made of.
func (p *coarsePlan) group(g *query.Group) bool {
	if g.Buckets != nil || g.Part != "" {
		return p.timed(g)
	}
	k := p.Columns[g.Field.Column]
	if k.Values == 0 || k.Type != g.Field.Type || g.Field.Multi {
		return false
	}
	p.again = p.again || g.Bins != nil
	if !slices.ContainsFunc(p.keys, func(o query.Group) bool { return o.Field == g.Field }) {
		p.keys = append(p.keys, *g)
	}
	return true
}

// timed takes groups by time: few stretches of it one by one, others by hours or quarters of them, where all edges are some.
func (p *coarsePlan) timed(g *query.Group) bool {
	t := p.Time
	if t == nil || p.q.Time == nil || *p.q.Time != *t || g.Field.Column != t.Column || g.Storage != t.Storage || g.Zone != t.Zone || query.Beside(t.Storage, t.Zone) {
		return false
	}
	if g.Buckets != nil && len(g.Buckets.Edges) <= mostBlocks+1 && p.blocks == nil && g.Buckets.Cover(p.q.Range) {
		p.blocks = g
		return true
	}
	for _, unit := range []time.Duration{time.Hour, QuarterHour} {
		if p.counts(unit) != "" && edged(g, unit) {
			if p.unit == 0 || unit < p.unit {
				p.unit = unit
			}
			return true
		}
	}
	return false
}

// counts is the column with the number of a unit; "" where there is none.
func (c *Coarse) counts(unit time.Duration) string {
	if unit == time.Hour {
		return c.Hour
	}
	return c.Quarter
}

// edged says that a group's keys change only where a unit ends.
func edged(g *query.Group, unit time.Duration) bool {
	if g.Buckets != nil && slices.ContainsFunc(g.Buckets.Edges, func(e time.Time) bool { return !e.Truncate(unit).Equal(e) }) {
		return false
	}
	return !slices.ContainsFunc(g.Offsets, func(o query.Offset) bool {
		return o.Seconds%int(unit.Seconds()) != 0 || !o.Until.Truncate(unit).Equal(o.Until)
	})
}

// apart says that each unit of time has a bucket of its own.
func (p *coarsePlan) apart(g query.Group) bool {
	if g.Buckets == nil || !g.Buckets.Cover(p.q.Range) {
		return false
	}
	runs := g.Buckets.Runs()
	return len(runs) == 1 && runs[0].Width == p.unit
}

// dense says that the groups that rows are added up to fit into a table, and that a range has so many more rows than that has places that it is worth to look through all of them.
func (p *coarsePlan) dense(over query.Range) bool {
	places := 0
	for i := range p.keys {
		places += bits.Len64(uint64(p.Columns[p.keys[i].Field.Column].Values) + 1) //nolint:gosec // a count
	}
	if p.unit > 0 {
		places += bits.Len64(uint64(p.To.Sub(p.From)/p.unit) + 2) //nolint:gosec // a table's times are in order
	}
	const few, each = 8, 6 // places that cost nothing, and rows for each of the others
	return places <= few || places <= CoarseBits && each*float64(uint64(1)<<places) <= p.rowsOf(over)
}

// rowsOf is how many rows a range has, were they spread evenly.
func (p *coarsePlan) rowsOf(over query.Range) float64 {
	rows := float64(p.Rows)
	if all := p.To.Sub(p.From); p.q.Time != nil && p.Time != nil && *p.q.Time == *p.Time && all > 0 {
		asked := over.And(query.Range{From: p.From, To: p.To})
		rows *= max(0, float64(asked.To.Sub(asked.From))/float64(all))
	}
	return rows
}

// ofKeys says that a measure of a group is known from its keys and the number of its rows.
func (p *coarsePlan) ofKeys(m *query.Measure) bool {
	switch {
	case m.Agg == query.Count, m.Agg == query.Min, m.Agg == query.Max, m.Agg == query.Sum && m.Field.Type == query.Int:
	default:
		return false
	}
	if m.Agg == query.Count && m.Where == nil && p.full(m.Field) {
		return true
	}
	of := query.Query{Measures: []query.Measure{*m}}
	return !slices.ContainsFunc(of.Needs(), func(n query.Need) bool {
		return !slices.ContainsFunc(p.keys, func(k query.Group) bool { return k.Field == n.Field })
	})
}

// full says that each row has a value of a field.
func (p *coarsePlan) full(f query.Field) bool {
	k := p.Columns[f.Column]
	return k.Full && k.Type == f.Type && !f.Multi
}

// addable says that a measure of all is made of those of parts, to the last digit.
func addable(m *query.Measure) bool {
	switch m.Agg {
	case query.Count, query.NonFinite, query.Min, query.Max:
		return true
	case query.Sum:
		return m.Field.Type == query.Int
	case query.Avg, query.CountDistinct, query.Percentile:
	}
	return false
}

// part is the place of a measure among what is added up, or -1.
func (p *coarsePlan) part(m *query.Measure) int {
	return slices.IndexFunc(p.parts, func(o query.Measure) bool {
		o.Name = m.Name
		return reflect.DeepEqual(o, *m)
	})
}

func partName(i int) string { return ident(coarsePart + strconv.Itoa(i)) }
