package sqlgen

import (
	"fmt"
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
	case query.Count, query.CountDistinct, query.NonFinite, query.Sum:
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
