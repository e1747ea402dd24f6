package sqlgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Unite returns a query over a union as one over the answers of its members, each of which its own store makes as small as it can: of rows those that may be shown, of groups one each
// with their measures, which are added up. Of what is counted distinct members answer with the values, unless no two of them have one in common. Other queries are returned as they are.
//
// What cannot be put together, a percentile, is an error.
func Unite(q *query.Query) (*query.Query, error) {
	u := q.Relation.Union
	if u == nil {
		return q, nil
	}
	w := &united{of: q}
	out := *q
	// Members have been restricted: by their own tenant, by the range and the condition of q.
	out.Relation, out.Tenant, out.Time, out.Where, out.Params = query.Relation{Join: &query.Join{}}, nil, nil, nil, nil
	out.Range = query.Range{}
	if q.Rows {
		w.rows(&out)
	} else if err := w.groups(&out); err != nil {
		return nil, err
	}
	for i := range u.Members {
		w.member(&u.Members[i], out.Relation.Join)
	}
	if len(w.parts) == 0 {
		w.nothing(&out)
	}
	sql := strings.Join(w.parts, " UNION ALL ")
	if q.Rows && q.Total {
		sql = "SELECT *, " + w.total() + " AS " + ident(query.ColumnTotal) + " FROM (" + sql + ")"
	}
	out.Relation.Join.SQL = sql
	return &out, nil
}

// united writes a query over a union.
type united struct {
	of *query.Query
	// partials are the plain aggregates that members answer with, in place of q's measures.
	partials []query.Measure
	// lists are what is counted distinct by its values.
	lists []list
	// parts are the SQL over each member's answer, totals that of how many rows it has, keyed that of the values by which rows are told apart.
	parts, totals, keyed []string
}

// here is a column of the answers: times in them are instants.
func here(name string, t query.Type) query.Column {
	return query.Column{Name: name, Field: query.Field{Column: name, Type: t}, Storage: query.StorageTimestamp}
}

// rows has the union select what members have selected. A double within a member is left out there, so that each answers with as many rows as the page may need; one of two members here.
func (w *united) rows(out *query.Query) {
	out.Select, out.Total = nil, false
	columns := w.of.Columns()
	for i := range w.of.Select {
		out.Select = append(out.Select, here(columns[i].Name, columns[i].Type))
	}
	if w.of.Total {
		out.Select = append(out.Select, here(query.ColumnTotal, query.Int))
	}
}

// groups has the union add up what members have added up.
func (w *united) groups(out *query.Query) error {
	out.Groups, out.Measures = nil, nil
	for i := range w.of.Groups {
		c := here(w.of.Groups[i].Name, w.of.Groups[i].Type())
		out.Groups = append(out.Groups, query.Group{Name: c.Name, Field: c.Field, Storage: c.Storage})
	}
	for i := range w.of.Measures {
		m, err := w.measure(&w.of.Measures[i])
		if err != nil {
			return err
		}
		out.Measures = append(out.Measures, m)
	}
	return nil
}

// measure is a measure of the union over its members' partial ones: one of them added up, or a formula over such.
func (w *united) measure(m *query.Measure) (query.Measure, error) {
	out := query.Measure{Name: m.Name}
	terms := make(map[string]query.Expr)
	for _, p := range m.Plain() {
		term, inputs, err := w.plain(p)
		if err != nil {
			return out, err
		}
		if _, alone := term.(query.Ref); alone && m.Formula == nil {
			whole := inputs[0]
			whole.Name = m.Name
			return whole, nil
		}
		terms[p.Name] = term
		out.Inputs = append(out.Inputs, inputs...)
	}
	if out.Formula = terms[m.Name]; m.Formula != nil {
		out.Formula = replaced(m.Formula, terms)
	}
	return out, nil
}

// replaced is a formula with others in place of what it names.
func replaced(e query.Expr, terms map[string]query.Expr) query.Expr {
	switch e := e.(type) {
	case query.Ref:
		if term, ok := terms[string(e)]; ok {
			return term
		}
	case query.Binary:
		return query.Binary{Op: e.Op, Left: replaced(e.Left, terms), Right: replaced(e.Right, terms)}
	}
	return e
}

// plain is a plain aggregate of the union as a term over its members' aggregates.
func (w *united) plain(p query.Measure) (query.Expr, []query.Measure, error) {
	if p.Agg == query.CountDistinct && !w.apart(p.Field.Column) {
		m := w.listed(p)
		return query.Ref(m.Name), []query.Measure{m}, nil
	}
	switch p.Agg {
	case query.Count, query.CountDistinct, query.Sum:
		m := w.partial(p, query.Sum)
		return query.Ref(m.Name), []query.Measure{m}, nil
	case query.Min, query.Max:
		m := w.partial(p, p.Agg)
		return query.Ref(m.Name), []query.Measure{m}, nil
	case query.Avg:
		sum, count := p, p
		sum.Agg, count.Agg = query.Sum, query.Count
		above, below := w.partial(sum, query.Sum), w.partial(count, query.Sum)
		return query.Binary{Op: "/", Left: query.Ref(above.Name), Right: query.Ref(below.Name)}, []query.Measure{above, below}, nil
	default:
		return nil, nil, fmt.Errorf("sqlgen: dataset %s: %s does not add up over a union", w.of.Dataset, p.Agg)
	}
}

// partial has each member answer with an aggregate, and returns what puts them together.
func (w *united) partial(p query.Measure, agg query.Agg) query.Measure {
	p.Name = fmt.Sprintf("__part%d", len(w.partials))
	w.partials = append(w.partials, p)
	c := here(p.Name, p.Type())
	return query.Measure{Name: p.Name, Agg: agg, Field: c.Field, Storage: c.Storage}
}

// nothing stands for the answers where no member has a row that may count.
func (w *united) nothing(out *query.Query) {
	var columns []string
	for i := range out.Groups {
		columns = append(columns, null(out.Groups[i].Name, out.Groups[i].Field.Type))
	}
	for _, p := range w.partials {
		columns = append(columns, null(p.Name, p.Type()))
	}
	for _, l := range w.lists {
		columns = append(columns, null(l.name, l.of.Field.Type))
	}
	w.parts = []string{"SELECT " + strings.Join(columns, ", ") + " WHERE FALSE"}
}

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
			switch counts := p.Agg == query.Count || p.Agg == query.CountDistinct; {
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
