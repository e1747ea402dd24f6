package sqlgen

import (
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// member asks a member for its part. One that lacks a list has no row under any of its values, and is not asked.
func (w *united) member(m *query.Member, join *query.Join) {
	if slices.ContainsFunc(w.of.Groups, func(g query.Group) bool { _, has := m.Columns[g.Field.Column]; return g.Field.Multi && !has }) {
		return
	}
	ask := func(name string, q *query.Query) {
		join.Inputs = append(join.Inputs, query.Input{Name: name, Source: m.Source, Query: q})
	}
	if w.of.Rows {
		q := w.restricted(m, nil)
		w.parts = append(w.parts, selectFrom(w.memberRows(m, q), m.Name))
		ask(m.Name, q)
		w.count(m, q, ask)
		return
	}
	if w.asksGroups(m) {
		q := w.restricted(m, nil)
		w.parts = append(w.parts, selectFrom(append(w.memberGroups(m, q), w.noValues("")...), m.Name))
		ask(m.Name, q)
	}
	w.values(m, ask)
}

// restricted is the query for the rows of a member that count.
func (w *united) restricted(m *query.Member, also query.Filter) *query.Query {
	q := *m.Query
	q.Range = w.of.Range
	var where query.And
	for _, f := range []query.Filter{q.Where, translated(m, w.of.Where), translated(m, also)} {
		if f != nil {
			where = append(where, f)
		}
	}
	switch len(where) {
	case 0:
	case 1:
		q.Where = where[0]
	default:
		q.Where = where
	}
	return &q
}

func translated(m *query.Member, f query.Filter) query.Filter {
	if f == nil {
		return nil
	}
	return m.Filter(f)
}

func selectFrom(columns []string, name string) string {
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + ident(name)
}

// memberRows asks for as many rows as the asked page may be made of. A row of a page has no more rows before it in its member than in the union.
func (w *united) memberRows(m *query.Member, q *query.Query) (columns []string) {
	q.Rows = true
	names := w.of.Columns()
	for i := range w.of.Select {
		c := w.of.Select[i]
		at, ok := m.Columns[c.Field.Column]
		if !ok {
			columns = append(columns, null(c.Name, names[i].Type))
			continue
		}
		at.Name = c.Name
		q.Select = append(q.Select, at)
		columns = append(columns, ident(c.Name))
	}
	selected := func(name string) bool {
		return slices.ContainsFunc(q.Select, func(c query.Column) bool { return c.Name == name })
	}
	for _, o := range w.of.Order {
		if selected(o.Name) {
			q.Order = append(q.Order, o)
		}
	}
	if !slices.ContainsFunc(w.of.Distinct, func(name string) bool { return !selected(name) }) {
		q.Distinct = w.of.Distinct
	}
	if w.of.Limit > 0 {
		q.Limit = w.of.Offset + w.of.Limit
		q.MaxRows = max(q.MaxRows, q.Limit)
	}
	return columns
}

// memberGroups asks for all groups: which of them come first is known only when they have been added up.
func (w *united) memberGroups(m *query.Member, q *query.Query) (columns []string) {
	columns = w.keys(m, q)
	for _, p := range w.partials {
		if p.Where != nil {
			p.Where = m.Filter(p.Where)
		}
		if p.Field.Column != "" {
			at, ok := m.Columns[p.Field.Column]
			switch counts := p.Agg == query.Count || p.Agg == query.CountDistinct || p.Agg == query.NonFinite; {
			case !ok && counts:
				columns = append(columns, "CAST(0 AS BIGINT) AS "+ident(p.Name))
				continue
			case !ok:
				columns = append(columns, null(p.Name, p.Type()))
				continue
			}
			p.Field, p.Storage, p.Zone = at.Field, at.Storage, at.Zone
		}
		q.Measures = append(q.Measures, p)
		columns = append(columns, ident(p.Name))
	}
	return columns
}

// keys asks for the union's groups.
func (w *united) keys(m *query.Member, q *query.Query) (columns []string) {
	for i := range w.of.Groups {
		g := w.of.Groups[i]
		at, ok := m.Columns[g.Field.Column]
		if !ok {
			columns = append(columns, null(g.Name, g.Type()))
			continue
		}
		g.Field, g.Storage, g.Zone = at.Field, at.Storage, at.Zone
		q.Groups = append(q.Groups, g)
		columns = append(columns, ident(g.Name))
	}
	return columns
}

// null is a column without values.
func null(name string, t query.Type) string {
	return "CAST(NULL AS " + (&builder{dialect: DuckDB{}}).sqlType(t) + ") AS " + ident(name)
}
