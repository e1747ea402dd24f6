package sqlgen

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// list is a column whose different values are counted over all members.
type list struct {
	// of is the measure: its column in the union, and the condition on its rows.
	of query.Measure
	// name is the column that holds the values; input is what a member's answer with them is called behind the member's own name.
	name, input string
}

// apart says that no two members have a value of a column in common, so that different values of each add up.
func (w *united) apart(column string) bool {
	u := w.of.Relation.Union
	having := 0
	for i := range u.Members {
		if _, has := u.Members[i].Columns[column]; has {
			having++
		}
	}
	return having < 2 || slices.Contains(u.Disjoint, column)
}

// listed has the members answer with the values that a measure counts, and returns the measure over those. What several measures count is asked once.
func (w *united) listed(p query.Measure) query.Measure {
	counted := func(l list) query.Measure {
		c := here(l.name, p.Field.Type)
		return query.Measure{Name: c.Name, Agg: query.CountDistinct, Field: c.Field, Storage: c.Storage}
	}
	l := list{of: p, name: fmt.Sprintf("__values%d", len(w.lists)), input: " by " + p.Field.Column}
	for _, o := range w.lists {
		if o.of.Field == p.Field && reflect.DeepEqual(o.of.Where, p.Where) {
			return counted(o)
		}
		if o.of.Field.Column == p.Field.Column {
			l.input = fmt.Sprintf(" by %s, %d", p.Field.Column, len(w.lists)+1)
		}
	}
	w.lists = append(w.lists, l)
	return counted(l)
}

// asksGroups says that a member is asked for groups and what adds up, and not for values alone, which tell of every group where no condition is on them.
func (w *united) asksGroups(m *query.Member) bool {
	if len(w.partials) > 0 || len(w.lists) == 0 {
		return true
	}
	return len(w.of.Groups) > 0 && !slices.ContainsFunc(w.lists, func(l list) bool {
		_, has := m.Columns[l.of.Field.Column]
		return has && l.of.Where == nil
	})
}

// noValues are the columns of the values that are counted, all but one of which are empty.
func (w *united) noValues(but string) (columns []string) {
	for _, l := range w.lists {
		if l.name == but {
			columns = append(columns, ident(l.name))
			continue
		}
		columns = append(columns, null(l.name, l.of.Field.Type))
	}
	return columns
}

// values asks a member for the different values that are counted, in the union's groups.
func (w *united) values(m *query.Member, ask func(string, *query.Query)) {
	for _, l := range w.lists {
		at, has := m.Columns[l.of.Field.Column]
		if !has {
			continue
		}
		q := w.restricted(m, l.of.Where)
		columns := w.keys(m, q)
		for _, p := range w.partials {
			columns = append(columns, null(p.Name, p.Type()))
		}
		q.Groups = append(q.Groups, query.Group{Name: l.name, Field: at.Field, Storage: at.Storage, Zone: at.Zone})
		w.parts = append(w.parts, selectFrom(append(columns, w.noValues(l.name)...), m.Name+l.input))
		ask(m.Name+l.input, q)
	}
}

// count has a member say how many rows it has: by their number, or by the values by which they are told apart, since another may have the same.
func (w *united) count(m *query.Member, q *query.Query, ask func(string, *query.Query)) {
	if !w.of.Total {
		return
	}
	if len(q.Distinct) == 0 || slices.ContainsFunc(w.of.Select, func(c query.Column) bool {
		return slices.Contains(w.of.Distinct, c.Name) && w.apart(c.Field.Column)
	}) {
		q.Total = true
		w.totals = append(w.totals, "coalesce((SELECT max("+ident(query.ColumnTotal)+") FROM "+ident(m.Name)+"), 0)")
		return
	}
	keys := w.restricted(m, nil)
	for _, c := range q.Select {
		if slices.Contains(q.Distinct, c.Name) {
			keys.Groups = append(keys.Groups, query.Group{Name: c.Name, Field: c.Field, Storage: c.Storage, Zone: c.Zone})
		}
	}
	keys.Measures = []query.Measure{{Name: rowsOfKey, Agg: query.Count}}
	name := m.Name + " by " + strings.Join(q.Distinct, ", ")
	w.keyed = append(w.keyed, "SELECT "+w.distinct()+", "+ident(rowsOfKey)+" FROM "+ident(name))
	ask(name, keys)
}

// rowsOfKey is how many rows have the same values.
const rowsOfKey = "__rows"

// distinct are the columns by which rows are told apart.
func (w *united) distinct() string {
	names := make([]string, len(w.of.Distinct))
	for i, name := range w.of.Distinct {
		names[i] = ident(name)
	}
	return strings.Join(names, ", ")
}

// total is how many rows the union has. Rows without a value among those that tell them apart are no one's doubles.
func (w *united) total() string {
	terms := w.totals
	if len(w.keyed) > 0 {
		missing := make([]string, len(w.of.Distinct))
		for i, name := range w.of.Distinct {
			missing[i] = ident(name) + " IS NULL"
		}
		terms = append(slices.Clone(terms), "(SELECT CAST(coalesce(sum(CASE WHEN "+strings.Join(missing, " OR ")+" THEN n ELSE 1 END), 0) AS BIGINT) FROM (SELECT "+
			w.distinct()+", sum("+ident(rowsOfKey)+") AS n FROM ("+strings.Join(w.keyed, " UNION ALL ")+") GROUP BY "+w.distinct()+"))")
	}
	return strings.Join(terms, " + ")
}
