package sqlgen

import (
	"fmt"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// rank is the position of a group in the asked order.
const rank = "__rank"

// decomposable says whether all measures can be computed from partial values of groups.
func decomposable(measures []query.Measure) bool {
	for i := range measures {
		for _, m := range measures[i].Plain() {
			if m.Agg == query.CountDistinct || m.Agg == query.Percentile {
				return false
			}
		}
	}
	return true
}

// othersFromGroups reads the rows once: the groups' partial values are added up for the others.
func (b *builder) othersFromGroups(q *query.Query, from string) error {
	g := &q.Groups[0]
	parts := partsOf(q.Measures)
	b.text("WITH g AS (SELECT ")
	if err := b.group(g); err != nil {
		return err
	}
	b.text(" AS ", ident(g.Name))
	for i := range parts {
		b.text(", ")
		if err := b.partial(&parts[i].measure); err != nil {
			return err
		}
		b.text(" AS ", ident(parts[i].column))
	}
	if err := b.from(q, from); err != nil {
		return err
	}
	b.text(" GROUP BY 1), m AS (SELECT *")
	if err := b.recombine(q, false); err != nil {
		return err
	}
	b.text(" FROM g), r AS (SELECT *, row_number() OVER (ORDER BY ")
	b.orderBy(q)
	b.text(") AS ", ident(rank), ", count(*) OVER () AS ", ident(query.ColumnTotal), " FROM m) SELECT ")
	return b.folded(q, func() error { return b.recombine(q, true) }, "r")
}

// othersFromRows reads the rows twice, for distinct counts and percentiles: those of many groups
// cannot be made of those of each.
func (b *builder) othersFromRows(q *query.Query, from string) error {
	g := &q.Groups[0]
	b.text("WITH s AS (SELECT *, ")
	if err := b.group(g); err != nil {
		return err
	}
	b.text(" AS __key")
	if err := b.from(q, from); err != nil {
		return err
	}
	b.text("), m AS (SELECT __key AS ", ident(g.Name))
	if err := b.measures(q, true); err != nil {
		return err
	}
	b.text(" FROM s GROUP BY 1), t AS (SELECT ", ident(g.Name), " AS __top, row_number() OVER (ORDER BY ")
	b.orderBy(q)
	b.text(") AS ", ident(rank), ", count(*) OVER () AS ", ident(query.ColumnTotal), " FROM m), ")
	b.text("r AS (SELECT s.*, s.__key AS ", ident("__group"), ", t.", ident(rank), ", t.", ident(query.ColumnTotal),
		" FROM s JOIN t ON ", b.dialect.same("s.__key", "t.__top", g.Type()), ") SELECT ")
	return b.foldedKey(q, "__group", func() error { return b.measures(q, true) }, "r")
}

// folded writes the outer query that keeps the top groups and folds the rest into one row.
func (b *builder) folded(q *query.Query, measures func() error, from string) error {
	return b.foldedKey(q, q.Groups[0].Name, measures, from)
}

func (b *builder) foldedKey(q *query.Query, key string, measures func() error, from string) error {
	g := &q.Groups[0]
	b.text("CASE WHEN ", ident(rank), " <= ").number(int64(q.Limit)).text(" THEN ", ident(key), " END AS ", ident(g.Name))
	if err := measures(); err != nil {
		return err
	}
	b.text(", ", ident(rank), " > ").number(int64(q.Limit)).text(" AS ", ident(query.ColumnOther))
	if q.Total {
		b.text(", any_value(", ident(query.ColumnTotal), ") AS ", ident(query.ColumnTotal))
	}
	b.text(" FROM ", from, " GROUP BY ", ident(rank), " > ").number(int64(q.Limit)).
		text(", least(", ident(rank), ", ").number(int64(q.Limit)+1).
		text("), CASE WHEN ", ident(rank), " <= ").number(int64(q.Limit)).text(" THEN ", ident(key), " END").
		text(" ORDER BY least(", ident(rank), ", ").number(int64(q.Limit) + 1).text(")")
	return nil
}

// partial is one column of partial values.
type partial struct {
	column  string
	measure query.Measure
}

// partsOf returns the partial values that the measures need, each once a measure.
func partsOf(measures []query.Measure) []partial {
	var out []partial
	add := func(m query.Measure, suffix string) {
		name := "__part_" + m.Name + suffix
		if !slices.ContainsFunc(out, func(p partial) bool { return p.column == name }) {
			out = append(out, partial{name, m})
		}
	}
	for i := range measures {
		for _, m := range measures[i].Plain() {
			if m.Agg != query.Avg {
				add(m, "")
				continue
			}
			sum, count := m, m
			sum.Agg, sum.Field.Type, count.Agg = query.Sum, query.Float, query.Count
			add(sum, "/sum") // no name of a catalog has a slash, so a measure x_sum stays apart
			add(count, "/count")
		}
	}
	return out
}

// recombine writes the measures from partial values: of one group, or added up over several.
func (b *builder) recombine(q *query.Query, fold bool) error {
	combined := func(m query.Measure) error {
		if adds(&m) {
			defer b.onlyFinite()()
		}
		column := func(suffix string) string { return ident("__part_" + m.Name + suffix) }
		wrap := func(function, suffix, cast string) string {
			if !fold {
				return column(suffix)
			}
			return "CAST(" + function + "(" + column(suffix) + ") AS " + cast + ")"
		}
		switch m.Agg {
		case query.Count, query.NonFinite:
			b.text(wrap("sum", "", "BIGINT"))
		case query.Sum:
			b.text(wrap("sum", "", b.sumType(&m)))
		case query.Min:
			b.text(wrap("min", "", b.sqlType(m.Type())))
		case query.Max:
			b.text(wrap("max", "", b.sqlType(m.Type())))
		case query.Avg:
			b.text("(", wrap("sum", "/sum", "DOUBLE"), " / NULLIF(", wrap("sum", "/count", "DOUBLE"), ", 0))")
		default:
			return fmt.Errorf("sqlgen: %s has no partial values", m.Agg)
		}
		return nil
	}
	written := func(m *query.Measure) error {
		if m.Formula == nil {
			return combined(*m)
		}
		defer b.onlyFinite()()
		return b.formula(m.Formula, func(name string) error {
			for _, in := range m.Inputs {
				if in.Name == name {
					return combined(in)
				}
			}
			return fmt.Errorf("sqlgen: measure %s refers to %s, which is not among its inputs", m.Name, name)
		})
	}
	for i := range q.Measures {
		b.text(", ")
		if err := written(&q.Measures[i]); err != nil {
			return err
		}
		b.text(" AS ", ident(q.Measures[i].Name))
	}
	return nil
}
