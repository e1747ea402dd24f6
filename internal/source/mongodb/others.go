package mongodb

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// additive says whether all measures can be made of the groups' partial values: those of distinct values and of percentiles are
// sets and lists, and joining many of them takes the square of their number.
func additive(measures []query.Measure) bool {
	for i := range measures {
		for _, m := range measures[i].Plain() {
			if m.Agg == query.CountDistinct || m.Agg == query.Percentile {
				return false
			}
		}
	}
	return true
}

// othersFromRows computes the top groups, and with a second pipeline one row of all documents outside them.
func (b *builder) othersFromRows(q *query.Query, p *pipeline) error {
	top := *q
	top.Others, top.Offset, top.MaxRows = false, 0, 0
	top.Limit++ // one more tells that there are others
	rows := slices.Clone(p.stages)
	if err := b.aggregates(&top, p); err != nil {
		return err
	}
	of, err := key(&q.Groups[0], 0)
	if err != nil {
		return err
	}
	rest := *q
	rest.Groups = nil
	g, err := b.grouping(&rest)
	if err != nil {
		return err
	}
	p.rest = func(keys any) bson.A {
		stages := append(slices.Clone(rows), unwind(q.Groups)...)
		return append(stages,
			d("$match", d("$expr", d("$not", bson.A{d("$in", bson.A{of, keys})}))),
			d("$group", append(bson.D{{Key: "_id", Value: nil}}, g.accumulators...)),
			d("$project", slices.Concat(bson.D{{Key: "_id", Value: 0}}, g.finals, g.inexact)),
		)
	}
	return nil
}

// othersFromGroups keeps the top groups and folds the partial values of the rest into one more row.
func (b *builder) othersFromGroups(q *query.Query, p *pipeline) error {
	b.merged = true
	g, err := b.grouping(q)
	if err != nil {
		return err
	}
	const rank, total = "rank", "total"
	help, order := ordering(q)
	limit := int64(q.Limit)
	p.stages = append(p.stages, g.unwind...)
	p.stages = append(p.stages,
		d("$group", append(bson.D{{Key: "_id", Value: g.id}}, g.accumulators...)),
		d("$set", append(append(bson.D{}, g.keys...), g.finals...)),
		d("$set", help),
		// $documentNumber takes one field to sort by; a running count takes all that are needed for a stable order.
		d("$setWindowFields", bson.D{{Key: "sortBy", Value: order}, {Key: "output", Value: d(rank, bson.D{
			{Key: "$sum", Value: 1}, {Key: "window", Value: d("documents", bson.A{"unbounded", "current"})},
		})}}),
		d("$setWindowFields", d("output", d(total, d("$count", bson.D{})))),
	)
	fold := bson.D{
		{Key: "_id", Value: d("$min", bson.A{"$" + rank, limit + 1})},
		{Key: column(0), Value: d("$first", "$"+column(0))}, {Key: total, Value: d("$first", "$"+total)},
	}
	for _, part := range g.parts {
		fold = append(fold, bson.E{Key: part.name, Value: part.again})
	}
	p.stages = append(p.stages, d("$group", fold))
	isOther := d("$gt", bson.A{"$_id", limit})
	project := append(bson.D{
		{Key: "_id", Value: 1},
		{Key: column(0), Value: d("$cond", bson.A{isOther, nil, "$" + column(0)})},
	}, slices.Concat(g.finals, g.inexact)...)
	project = append(project, bson.E{Key: column(1 + len(q.Measures)), Value: isOther})
	if q.Total {
		project = append(project, bson.E{Key: column(2 + len(q.Measures)), Value: "$" + total})
	}
	p.stages = append(p.stages, d("$project", project), d("$sort", d("_id", 1)))
	return nil
}
