package mongodb

import (
	"math"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// key returns the expression of the i-th grouping key.
func key(g *query.Group, i int) (any, error) {
	switch {
	case g.Part != "":
		return part(g)
	case g.Buckets != nil:
		return buckets(g)
	case g.Bins != nil:
		return bins(g), nil
	case g.Field.Multi:
		return "$" + unwound(i), nil
	case g.Field.Type == query.Time:
		return instant(g.Field.Column, g.Storage, g.Zone), nil
	}
	return valueOf(g.Field), nil
}

// single returns the expression of the only key.
func single(g *query.Group) (any, error) {
	if g.Part == "" && g.Buckets == nil && g.Bins == nil && !g.Field.Multi && g.Field.Type != query.Time && g.Field.Type != query.Float {
		return field(g.Field.Column), nil
	}
	return key(g, 0)
}

// unwound is the field into which the i-th key's list is taken apart. It has no part of the key's name, which could mean a path.
func unwound(i int) string { return "__each" + strconv.Itoa(i) }

// unwind takes lists apart: a document counts once under each of its different values, of which a null is none.
func unwind(groups []query.Group) (stages bson.A) {
	for i := range groups {
		if !groups[i].Field.Multi {
			continue
		}
		name, as := field(groups[i].Field.Column), unwound(i)
		list := d("$cond", bson.A{d("$isArray", bson.A{name}), name, bson.A{}})
		stages = append(stages, d("$set", d(as, d("$setDifference", bson.A{list, bson.A{nil}}))), d("$unwind", "$"+as))
	}
	return stages
}

// part returns a part of the wall-clock time that the offsets describe.
func part(g *query.Group) (any, error) {
	t := moment(g.Field.Column, g.Storage, g.Zone)
	local := t
	if n := len(g.Offsets); n > 0 {
		moved := func(seconds int) any {
			if seconds == 0 {
				return t
			}
			return d("$add", bson.A{t, int64(seconds) * 1000})
		}
		local = moved(g.Offsets[n-1].Seconds)
		for i := n - 2; i >= 0; i-- {
			local = d("$cond", bson.A{d("$lt", bson.A{t, g.Offsets[i].Until.UTC()}), moved(g.Offsets[i].Seconds), local})
		}
	}
	switch g.Part {
	case query.Hour:
		return d("$hour", local), nil
	case query.Weekday:
		return d("$subtract", bson.A{d("$isoDayOfWeek", local), 1}), nil
	case query.Monthday:
		return d("$dayOfMonth", local), nil
	case query.Month:
		return d("$month", local), nil
	}
	return nil, invalid("unknown part %q", g.Part)
}

// buckets returns the index of the bucket that a document falls into: arithmetic within a stretch, a balanced choice between them.
func buckets(g *query.Group) (any, error) {
	if len(g.Buckets.Edges) < 2 {
		return nil, invalid("group %s has no bucket", g.Name)
	}
	list := g.Buckets.Runs()
	if len(list) == 0 {
		return nil, invalid("group %s has only empty buckets", g.Name)
	}
	t, edges := moment(g.Field.Column, g.Storage, g.Zone), g.Buckets.Edges
	if !query.Beside(g.Storage, g.Zone) {
		return choose(t, list), nil
	}
	inside := d("$and", bson.A{d("$gte", bson.A{t, edges[0].UTC()}), d("$lt", bson.A{t, edges[len(edges)-1].UTC()})})
	return d("$cond", bson.A{inside, choose(t, list), nil}), nil
}

func choose(t any, list []query.Run) any {
	if len(list) == 1 {
		s := list[0]
		index := d("$floor", d("$divide", bson.A{d("$subtract", bson.A{t, s.Start}), s.Width.Milliseconds()}))
		if s.First == 0 {
			return index
		}
		return d("$add", bson.A{index, s.First})
	}
	half := len(list) / 2
	return d("$cond", bson.A{d("$lt", bson.A{t, list[half].Start}), choose(t, list[:half]), choose(t, list[half:])})
}

// bins returns the index of the bin that a number falls into.
func bins(g *query.Group) any {
	x, b := field(g.Field.Column), g.Bins
	end := b.Start + b.Width*float64(b.Count)
	inside := d("$floor", d("$divide", bson.A{d("$subtract", bson.A{x, b.Start}), b.Width}))
	index := d("$cond", bson.A{d("$lt", bson.A{x, b.Start}), -1, d("$cond", bson.A{d("$gte", bson.A{x, end}), b.Count, inside})})
	if g.Field.Type == query.Float {
		return d("$cond", bson.A{finite(x), index, nil})
	}
	return d("$cond", bson.A{d("$gt", bson.A{x, nil}), index, nil})
}

// mostBoundaries is how many edges $bucket looks through, one after the other, before arithmetic is cheaper.
const mostBoundaries = 64

// noBin is the key of the documents without a number.
const noBin = "none"

// bucketed says whether $bucket does for g: it is the server's own way to bin, at two thirds of the time of arithmetic. Only
// between whole numbers do both put every value into the same bin.
func bucketed(g *query.Group) bool {
	whole := func(f float64) bool { return f == math.Trunc(f) && math.Abs(f) < 1<<31 }
	return g.Bins != nil && g.Field.Type == query.Int && g.Bins.Count <= mostBoundaries && whole(g.Bins.Start) && whole(g.Bins.Width)
}

// stage is the stage that groups. Where it is $bucket, its keys are lower edges, and the projection makes them indexes.
func (g *grouping) stage(q *query.Query) bson.D {
	if len(q.Groups) != 1 || !bucketed(&q.Groups[0]) {
		return d("$group", append(bson.D{{Key: "_id", Value: g.id}}, g.accumulators...))
	}
	b := q.Groups[0].Bins
	boundaries := bson.A{math.Inf(-1)}
	for i := range b.Count + 1 {
		boundaries = append(boundaries, b.Start+b.Width*float64(i))
	}
	index := d("$floor", d("$divide", bson.A{d("$subtract", bson.A{"$_id", b.Start}), b.Width}))
	g.keys = bson.D{{Key: column(0), Value: d("$switch", bson.D{
		{Key: "branches", Value: bson.A{
			bson.D{{Key: "case", Value: d("$eq", bson.A{"$_id", noBin})}, {Key: "then", Value: nil}},
			bson.D{{Key: "case", Value: d("$lt", bson.A{"$_id", b.Start})}, {Key: "then", Value: -1}},
		}},
		{Key: "default", Value: index},
	})}}
	return d("$bucket", bson.D{
		{Key: "groupBy", Value: field(q.Groups[0].Field.Column)}, {Key: "boundaries", Value: append(boundaries, math.Inf(1))},
		{Key: "default", Value: noBin}, {Key: "output", Value: append(bson.D{}, g.accumulators...)}, // a list, also of none: the server takes no null
	})
}

// grouping is what a $group stage and the projection after it need.
type grouping struct {
	unwind       bson.A
	id           any    // null without groups
	accumulators bson.D // partial values
	keys, finals bson.D // c0, c1, …
	inexact      bson.D // whether a sum has lost digits
	parts        []partial
}

func (b *builder) grouping(q *query.Query) (*grouping, error) {
	g := &grouping{unwind: unwind(q.Groups)}
	switch len(q.Groups) {
	case 0:
	case 1:
		// One key stands for itself, where a missing field and a null are the same: a document of one would be built for each row.
		k, err := single(&q.Groups[0])
		if err != nil {
			return nil, err
		}
		g.id, g.keys = k, bson.D{{Key: column(0), Value: "$_id"}}
	default:
		id := bson.D{}
		for i := range q.Groups {
			k, err := key(&q.Groups[i], i)
			if err != nil {
				return nil, err
			}
			id = append(id, bson.E{Key: "k" + strconv.Itoa(i), Value: k})
			g.keys = append(g.keys, bson.E{Key: column(i), Value: "$_id.k" + strconv.Itoa(i)})
		}
		g.id = id
	}
	ps, err := b.partials(q.Measures)
	if err != nil {
		return nil, err
	}
	g.parts, g.inexact = ps.list, ps.inexactly()
	for _, p := range ps.list {
		g.accumulators = append(g.accumulators, bson.E{Key: p.name, Value: p.first})
	}
	for i := range q.Measures {
		final, err := ps.final(&q.Measures[i])
		if err != nil {
			return nil, err
		}
		g.finals = append(g.finals, bson.E{Key: column(len(q.Groups) + i), Value: final})
	}
	return g, nil
}
