package mongodb

import (
	"fmt"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// mode says what becomes of the values of a request: they are bound, or shown by position.
type mode bool

const (
	run  mode = false
	show mode = true
)

// pipeline is a compiled query. Its documents have the columns of q.Columns as c0, c1 and so on.
type pipeline struct {
	stages bson.A
	// count, when set, are the stages of a second pipeline that counts the rows.
	count bson.A
	// rest, when set, returns the second pipeline, which computes the row for the others; keys are those of the top groups.
	rest func(keys any) bson.A
	args []any
}

// builder compiles one query.
type builder struct {
	mode mode
	args []any
	// merged says that groups' partial values are added up afterwards.
	merged bool
	// exact says that whole numbers are added up in a way that no overflow makes inexact.
	exact bool
}

// bind returns a value of a request as the pipeline holds it.
func (b *builder) bind(v any) any {
	if b.mode == run {
		return v
	}
	b.args = append(b.args, v)
	return "?" + strconv.Itoa(len(b.args))
}

func d(key string, value any) bson.D { return bson.D{{Key: key, Value: value}} }

func column(i int) string { return "c" + strconv.Itoa(i) }

// compile returns the pipeline of q.
func compile(q *query.Query, m mode, exact bool) (*pipeline, error) {
	b := &builder{mode: m, exact: exact}
	stages, err := b.native(q)
	if err != nil {
		return nil, err
	}
	match, err := b.match(q)
	if err != nil {
		return nil, err
	}
	p := &pipeline{stages: append(stages, d("$match", match))}
	switch {
	case q.Rows:
		rows, err := b.rows(q)
		if err != nil {
			return nil, err
		}
		switch {
		case q.Total && len(q.Distinct) > 0:
			p.count = append(append(slices.Clone(p.stages), rows...), d("$count", "n"))
		case q.Total:
			p.count = append(slices.Clone(p.stages), d("$count", "n"))
		}
		p.stages = append(append(p.stages, rows...), b.cut(q)...)
	case q.Others:
		if len(q.Groups) != 1 || q.Limit <= 0 {
			return nil, invalid("dataset %s: a row for the others needs one group and a limit", q.Dataset)
		}
		if additive(q.Measures) {
			err = b.othersFromGroups(q, p)
		} else {
			err = b.othersFromRows(q, p)
		}
	default:
		err = b.aggregates(q, p)
	}
	if err != nil {
		return nil, err
	}
	p.args = b.args
	return p, nil
}

func invalid(format string, args ...any) error {
	return fault.New(fault.Permanent, "source_error", "the data source could not compute this", fmt.Errorf("mongodb: "+format, args...))
}

// rows selects documents.
func (b *builder) rows(q *query.Query) (bson.A, error) {
	project := bson.D{{Key: "_id", Value: 0}}
	for i, c := range q.Select {
		project = append(project, bson.E{Key: column(i), Value: selected(c)})
	}
	first, err := firsts(q)
	return append(bson.A{d("$project", project)}, first...), err
}

// firsts leaves of the documents with the same values the first.
func firsts(q *query.Query) (out bson.A, err error) {
	if len(q.Distinct) == 0 {
		return nil, nil
	}
	const nth = "nth"
	same, kept := bson.D{}, bson.A{d(nth, 1)}
	for _, name := range q.Distinct {
		i := slices.IndexFunc(q.Select, func(c query.Column) bool { return c.Name == name })
		if i < 0 {
			return nil, invalid("rows are distinct by %s, which is not selected", name)
		}
		same = append(same, bson.E{Key: column(i), Value: "$" + column(i)})
		kept = append(kept, d(column(i), nil))
	}
	help, order := ordering(q)
	if len(help) > 0 {
		out = append(out, d("$set", help))
	}
	// Not $documentNumber, which wants a single column to sort by.
	number := bson.D{{Key: "$sum", Value: 1}, {Key: "window", Value: d("documents", bson.A{"unbounded", "current"})}}
	return append(out, d("$setWindowFields", bson.D{
		{Key: "partitionBy", Value: same}, {Key: "sortBy", Value: order}, {Key: "output", Value: d(nth, number)},
	}), d("$match", d("$or", kept))), nil
}

// selected is the expression of a selected column.
func selected(c query.Column) any {
	switch {
	case c.Field.Multi:
		// The values in one text, as every store returns a list: each after a separator, and without the first one's.
		values := d("$filter", bson.D{
			{Key: "input", Value: field(c.Field.Column)}, {Key: "as", Value: "v"}, {Key: "cond", Value: d("$gt", bson.A{"$$v", nil})},
		})
		joined := d("$reduce", bson.D{
			{Key: "input", Value: values}, {Key: "initialValue", Value: ""},
			{Key: "in", Value: d("$concat", bson.A{"$$value", query.ListSeparator, d("$toString", "$$this")})},
		})
		return d("$cond", bson.A{
			d("$isArray", bson.A{field(c.Field.Column)}), d("$substrBytes", bson.A{joined, len(query.ListSeparator), -1}), nil,
		})
	case c.Field.Type == query.Time:
		return instant(c.Field.Column, c.Storage, c.Zone)
	}
	return valueOf(c.Field)
}

// aggregates groups, or makes one row of totals.
func (b *builder) aggregates(q *query.Query, p *pipeline) error {
	g, err := b.grouping(q)
	if err != nil {
		return err
	}
	p.stages = append(p.stages, g.unwind...)
	p.stages = append(p.stages, g.stage(q))
	project := slices.Concat(bson.D{{Key: "_id", Value: 0}}, g.keys, g.finals, g.inexact)
	total := column(len(q.Groups) + len(q.Measures))
	if len(q.Groups) == 0 {
		if q.Total {
			project = append(project, bson.E{Key: total, Value: d("$literal", 1)})
		}
		p.stages = append(p.stages, d("$project", project))
		return nil // where no row fits there is no document; reading makes the row of totals then
	}
	p.stages = append(p.stages, d("$project", project))
	if q.Total {
		p.stages = append(p.stages, d("$setWindowFields", d("output", d(total, d("$count", bson.D{})))))
	}
	p.stages = append(p.stages, b.cut(q)...)
	return nil
}

// cut orders, skips and limits.
func (b *builder) cut(q *query.Query) bson.A {
	var out bson.A
	help, order := ordering(q)
	if len(help) > 0 {
		out = append(out, d("$set", help))
	}
	out = append(out, d("$sort", order))
	if q.Offset > 0 {
		out = append(out, d("$skip", int64(q.Offset)))
	}
	most := q.MaxRows + 1 // one more tells that there is more
	if q.MaxRows <= 0 || q.Limit > 0 && q.Limit < most {
		most = q.Limit
	}
	if most > 0 {
		out = append(out, d("$limit", int64(most)))
	}
	return out
}

// ordering returns the sort, and the fields that help it: nulls come last, where the server has them first.
func ordering(q *query.Query) (help, order bson.D) {
	columns := q.Columns()
	seen := make(map[int]bool)
	by := func(i int, desc bool) {
		if seen[i] {
			return
		}
		seen[i] = true
		direction := 1
		if desc {
			direction = -1
		} else {
			help = append(help, bson.E{Key: "n" + strconv.Itoa(i), Value: d("$cond", bson.A{d("$gt", bson.A{"$" + column(i), nil}), 0, 1})})
			order = append(order, bson.E{Key: "n" + strconv.Itoa(i), Value: 1})
		}
		order = append(order, bson.E{Key: column(i), Value: direction})
	}
	for _, o := range q.Order {
		for i := range columns {
			if columns[i].Name == o.Name {
				by(i, o.Desc)
			}
		}
	}
	for i := range len(q.Select) + len(q.Groups) {
		by(i, false)
	}
	return help, order
}
