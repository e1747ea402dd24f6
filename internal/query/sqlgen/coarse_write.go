package sqlgen

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// coarse writes the query over the sums, in which columns have their own names: groups and conditions are written as over the rows.
func (b *builder) coarse(p *coarsePlan, from string) error {
	q := p.q
	if q.Total {
		b.text("SELECT *, count(*) OVER () AS ", ident(query.ColumnTotal), " FROM (")
	}
	b.text("SELECT ")
	for i := range q.Groups {
		g := &q.Groups[i]
		if i > 0 {
			b.text(", ")
		}
		if g == p.blocks {
			b.text(ident(coarseBlock))
		} else if err := b.group(g); err != nil {
			return err
		}
		b.text(" AS ", ident(g.Name))
	}
	for i := range q.Measures {
		b.text(", ")
		if err := b.measureOf(&q.Measures[i], func(m *query.Measure) error { return b.ofSums(p, m) }); err != nil {
			return err
		}
		b.text(" AS ", ident(q.Measures[i].Name))
	}
	b.text(" FROM (")
	if err := b.sums(p, from); err != nil {
		return err
	}
	b.text(")")
	if p.again {
		if err := b.groupBy(q.Groups); err != nil {
			return err
		}
	}
	if q.Total {
		b.text(")")
	}
	b.order(q)
	b.limit(q)
	return nil
}

// sums writes what rows are added up to. Stretches of time are asked one by one: the rows of each are together, and no row has to be looked at for the one that it is in.
func (b *builder) sums(p *coarsePlan, from string) error {
	if p.blocks == nil {
		return b.sum(p, p.q, from, -1)
	}
	edges, some := p.blocks.Buckets.Edges, false
	for i := range edges[1:] {
		of := *p.q
		of.Range = p.q.Range.And(query.Range{From: edges[i], To: edges[i+1]})
		if !of.Range.From.Before(of.Range.To) && (some || i+2 < len(edges)) {
			continue // no row is in it
		}
		if some {
			b.text(" UNION ALL ")
		}
		some = true
		if err := b.sum(p, &of, from, i); err != nil {
			return err
		}
	}
	return nil
}

// sum writes what the rows of q are added up to, in a block where it is one.
func (b *builder) sum(p *coarsePlan, q *query.Query, from string, block int) error {
	b.text("SELECT count(*) AS ", ident(coarseCount))
	keys := make([]string, 0, len(p.keys)+1)
	coded := p.dense(q.Range) // the texts of few rows are grouped as they are
	for i := range p.keys {
		column := p.keys[i].Field.Column
		b.text(", ")
		if code := p.Columns[column].Code; code != "" && coded {
			b.text("CAST(", ident(code), " AS ", b.sqlType(query.String), ")")
			keys = append(keys, code)
		} else {
			b.text(ident(column))
			keys = append(keys, column)
		}
		b.text(" AS ", ident(column))
	}
	if p.unit > 0 {
		b.text(", ", fromCount(p.counts(p.unit), p.unit, p.Time.Storage), " AS ", ident(p.Time.Column))
	}
	if block >= 0 {
		b.text(", CAST(").number(int64(block)).text(" AS BIGINT) AS ", ident(coarseBlock))
	}
	for i := range p.parts {
		b.text(", ")
		if err := b.aggregate(&p.parts[i]); err != nil {
			return err
		}
		b.text(" AS ", partName(i))
	}
	b.text(" FROM ", from)
	if err := b.rows(q); err != nil {
		return err
	}
	if p.unit > 0 {
		keys = append(keys, p.counts(p.unit))
	}
	if len(keys) == 0 {
		b.text(" HAVING count(*) > 0") // a block without rows is no group
		return nil
	}
	b.text(" GROUP BY ")
	each(b, keys, ", ", func(_ int, key string) { b.text(ident(key)) })
	return nil
}

// ofSums writes an aggregate of what rows were added up to.
func (b *builder) ofSums(p *coarsePlan, m *query.Measure) error {
	if p.ofKeys(m) {
		return b.ofKeys(p, m)
	}
	name := partName(p.part(m))
	switch {
	case !p.again:
		b.text(name)
	case m.Agg == query.Min || m.Agg == query.Max:
		b.text(string(m.Agg), "(", name, ")")
	case m.Agg == query.Sum:
		b.text("CAST(sum(", name, ") AS ", b.sumType(m), ")")
	default: // a count
		b.text("CAST(sum(", name, ") AS ", b.sqlType(query.Int), ")")
	}
	return nil
}

// ofKeys writes an aggregate that the keys and the number of rows tell.
func (b *builder) ofKeys(p *coarsePlan, m *query.Measure) error {
	rows, column := ident(coarseCount), ident(m.Field.Column)
	value, before, otherwise, after := "", "", "", ""
	switch m.Agg {
	case query.Count:
		value, otherwise = rows, "0"
		if p.again {
			before, after = "CAST(sum(", ") AS "+b.sqlType(query.Int)+")"
		}
	case query.Sum:
		value = "CAST(" + column + " AS " + b.sumType(m) + ") * " + rows
		if p.again {
			before, after = "CAST(sum(", ") AS "+b.sumType(m)+")"
		}
	default: // an extreme
		value = column
		if p.again {
			before, after = string(m.Agg)+"(", ")"
		}
	}
	known := m.Agg == query.Count && m.Field.Column != "" && !p.full(m.Field) // rows with a value count
	b.text(before)
	if m.Where == nil && !known {
		b.text(value, after)
		return nil
	}
	b.text("CASE WHEN ")
	if known {
		b.text(column, " IS NOT NULL")
	}
	if m.Where != nil {
		if known {
			b.text(" AND ")
		}
		if err := b.filter(m.Where); err != nil {
			return err
		}
	}
	b.text(" THEN ", value)
	if otherwise != "" {
		b.text(" ELSE ", otherwise)
	}
	b.text(" END", after)
	return nil
}

// Hidden are the columns that are there for the sums alone.
func (c *Coarse) Hidden() []string {
	var out []string
	for _, k := range c.Columns {
		if k.Code != "" {
			out = append(out, k.Code)
		}
	}
	if c.Quarter != "" {
		out = append(out, c.Hour, c.Quarter)
	}
	slices.Sort(out)
	return out
}
