package sqlgen

import (
	"fmt"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Compile returns the statement of q in a dialect, over from, which the caller has made of q.Relation: a quoted table, or a table
// function. The result's columns are q.Columns.
func Compile(d Dialect, q *query.Query, from string) (*Statement, error) {
	return (&builder{dialect: d}).compile(q, from)
}

func (b *builder) compile(q *query.Query, from string) (*Statement, error) {
	var err error
	switch {
	case q.Rows:
		err = b.rawRows(q, from)
	case q.Others:
		if len(q.Groups) != 1 || q.Limit <= 0 {
			return nil, fmt.Errorf("sqlgen: dataset %s: a row for the others needs one group and a limit", q.Dataset)
		}
		if decomposable(q.Measures) {
			err = b.othersFromGroups(q, from)
		} else {
			err = b.othersFromRows(q, from)
		}
	default:
		err = b.aggregates(q, from)
	}
	if err != nil {
		return nil, err
	}
	return &Statement{SQL: b.sql.String(), Args: b.args}, nil
}

// rawRows writes a query for rows.
func (b *builder) rawRows(q *query.Query, from string) error {
	if len(q.Distinct) > 0 {
		return b.distinctRows(q, from)
	}
	b.selected(q)
	if q.Total {
		// Counted apart: a window over all rows would have to hold them.
		b.text(", (SELECT count(*) FROM ", from)
		if err := b.rows(q); err != nil {
			return err
		}
		b.text(") AS ", ident(query.ColumnTotal))
	}
	b.text(" FROM ", from)
	if err := b.rows(q); err != nil {
		return err
	}
	b.order(q)
	b.limit(q)
	return nil
}

// nth is the column that numbers rows of the same values.
const nth = "__nth"

// distinctRows writes a query for rows of which each is the first of its values.
func (b *builder) distinctRows(q *query.Query, from string) error {
	list := func(names []string) {
		each(b, names, ", ", func(_ int, name string) { b.text(ident(name)) })
	}
	names := make([]string, len(q.Select))
	for i := range q.Select {
		names[i] = q.Select[i].Name
	}
	b.text("SELECT ")
	list(names)
	if q.Total {
		b.text(", count(*) OVER () AS ", ident(query.ColumnTotal))
	}
	b.text(" FROM (SELECT *, row_number() OVER (PARTITION BY ")
	list(q.Distinct)
	b.order(q)
	b.text(") AS ", ident(nth), " FROM (")
	b.selected(q)
	b.text(" FROM ", from)
	if err := b.rows(q); err != nil {
		return err
	}
	b.text(")) WHERE ", ident(nth), " = 1")
	for _, name := range q.Distinct {
		b.text(" OR ", ident(name), " IS NULL")
	}
	b.order(q)
	b.limit(q)
	return nil
}

// selected writes the selected columns.
func (b *builder) selected(q *query.Query) {
	b.text("SELECT ")
	each(b, q.Select, ", ", func(_ int, c query.Column) {
		switch {
		case c.Field.Multi:
			b.text(b.dialect.joined(ident(c.Field.Column)))
		case c.Field.Type == query.Time:
			b.utc(c.Field.Column, c.Storage, c.Zone)
		case c.Field.Type == query.Float:
			b.text(b.dialect.float(ident(c.Field.Column)))
		default:
			b.text(ident(c.Field.Column))
		}
		b.text(" AS ", ident(c.Name))
	})
}

// aggregates writes a grouped query, or one row of totals.
func (b *builder) aggregates(q *query.Query, from string) error {
	if q.Total {
		b.text("SELECT *, count(*) OVER () AS ", ident(query.ColumnTotal), " FROM (")
	}
	b.text("SELECT ")
	for i := range q.Groups {
		if i > 0 {
			b.text(", ")
		}
		if err := b.group(&q.Groups[i]); err != nil {
			return err
		}
		b.text(" AS ", ident(q.Groups[i].Name))
	}
	if err := b.measures(q, len(q.Groups) > 0); err != nil {
		return err
	}
	if err := b.from(q, from); err != nil {
		return err
	}
	if err := b.groupBy(q.Groups); err != nil {
		return err
	}
	if len(q.Groups) == 0 && constant(q.Measures) {
		b.text(" HAVING TRUE") // without an aggregate there would be a row for each row
	}
	if q.Total {
		b.text(")")
	}
	b.order(q)
	b.limit(q)
	return nil
}

// constant says that no measure aggregates anything.
func constant(measures []query.Measure) bool {
	return !slices.ContainsFunc(measures, func(m query.Measure) bool { return len(m.Plain()) > 0 })
}

func (b *builder) measures(q *query.Query, comma bool) error {
	for i := range q.Measures {
		if comma || i > 0 {
			b.text(", ")
		}
		if err := b.measure(&q.Measures[i]); err != nil {
			return err
		}
		b.text(" AS ", ident(q.Measures[i].Name))
	}
	return nil
}

// from writes the rows to aggregate. A row with a list counts once under each of its different values.
func (b *builder) from(q *query.Query, from string) error {
	lists := slices.DeleteFunc(slices.Clone(q.Groups), func(g query.Group) bool { return !g.Field.Multi })
	if len(lists) == 0 {
		b.text(" FROM ", from)
		return b.rows(q)
	}
	return b.dialect.each(b, from, lists, func() error { return b.rows(q) })
}

// groupBy names the groups by their place, but for weekdays: by what they are counted from, so that the day is taken off a group and not a
// row. With several offsets it would bind values a second time, which no engine takes for the same expression.
func (b *builder) groupBy(groups []query.Group) error {
	for i := range groups {
		if i == 0 {
			b.text(" GROUP BY ")
		} else {
			b.text(", ")
		}
		g := &groups[i]
		if g.Part != query.Weekday || len(g.Offsets) > 1 {
			b.number(int64(i + 1))
			continue
		}
		if err := b.sqlPart(g); err != nil {
			return err
		}
	}
	return nil
}

// order writes the asked order, then every other column, so that equal data gives equal answers.
func (b *builder) order(q *query.Query) {
	if q.Rows || len(q.Groups) > 0 && !q.AnyOrder {
		b.text(" ORDER BY ")
		b.orderBy(q)
	}
}

func (b *builder) orderBy(q *query.Query) {
	seen := make(map[string]bool)
	write := func(name string, desc bool) {
		if seen[name] {
			return
		}
		if len(seen) > 0 {
			b.text(", ")
		}
		seen[name] = true
		b.text(ident(name))
		if desc {
			b.text(" DESC")
		}
		b.text(" NULLS LAST")
	}
	for _, o := range q.Order {
		write(o.Name, o.Desc)
	}
	for _, c := range q.Select {
		write(c.Name, false)
	}
	for _, g := range q.Groups {
		write(g.Name, false)
	}
}

// limit cuts rows, one later than MaxRows: the source sees then that there was more.
func (b *builder) limit(q *query.Query) {
	most := q.MaxRows + 1
	if q.MaxRows <= 0 || q.Limit > 0 && q.Limit < most {
		most = q.Limit
	}
	b.dialect.limit(b, most, q.Offset)
}
