package mongodb

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// others keeps the top groups and folds the partial values of the rest into one more row.
func (b *builder) others(q *query.Query, p *pipeline) error {
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
	join := bson.D{}
	for _, part := range g.parts {
		fold = append(fold, bson.E{Key: part.name, Value: part.again})
		if part.flatten != "" {
			join = append(join, bson.E{Key: part.name, Value: d("$reduce", bson.D{
				{Key: "input", Value: "$" + part.name}, {Key: "initialValue", Value: bson.A{}},
				{Key: "in", Value: d(part.flatten, bson.A{"$$value", "$$this"})},
			})})
		}
	}
	p.stages = append(p.stages, d("$group", fold))
	if len(join) > 0 {
		p.stages = append(p.stages, d("$set", join))
	}
	isOther := d("$gt", bson.A{"$_id", limit})
	project := append(bson.D{
		{Key: "_id", Value: 1},
		{Key: column(0), Value: d("$cond", bson.A{isOther, nil, "$" + column(0)})},
	}, g.finals...)
	project = append(project, bson.E{Key: column(1 + len(q.Measures)), Value: isOther})
	if q.Total {
		project = append(project, bson.E{Key: column(2 + len(q.Measures)), Value: "$" + total})
	}
	p.stages = append(p.stages, d("$project", project), d("$sort", d("_id", 1)))
	return nil
}
