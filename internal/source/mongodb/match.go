package mongodb

import (
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// What follows writes conditions in the query language, which indexes serve. It compares within a type only, and a comparison with
// a missing field is false, as everywhere here.

// match returns the condition on documents: tenant and time first.
func (b *builder) match(q *query.Query) (bson.D, error) {
	out := bson.D{}
	if q.Tenant != nil {
		c, err := b.compare(q.Tenant)
		if err != nil {
			return nil, err
		}
		out = append(out, c...)
	}
	if q.Time != nil {
		out = append(out, bson.E{Key: q.Time.Column, Value: bson.D{
			{Key: "$gte", Value: b.bind(bound(query.Gte, q.Range.From, q.Time.Storage, q.Time.Zone))},
			{Key: "$lt", Value: b.bind(until(q.Range.To, q.Time.Storage, q.Time.Zone))},
		}})
	}
	if q.Where == nil {
		return out, nil
	}
	where, err := b.filter(q.Where)
	if err != nil {
		return nil, err
	}
	return append(out, bson.E{Key: "$and", Value: bson.A{where}}), nil
}

// never is a condition that no document fits.
func never() bson.D { return d("_id", d("$in", bson.A{})) }

func (b *builder) filter(f query.Filter) (bson.D, error) {
	switch f := f.(type) {
	case query.And:
		return b.junction("$and", f, bson.D{})
	case query.Or:
		return b.junction("$or", f, never())
	case query.Not:
		of, err := b.filter(f.Of)
		return d("$nor", bson.A{of}), err
	case query.Compare:
		return b.compare(&f)
	case *query.Compare:
		return b.compare(f)
	}
	return nil, invalid("unknown filter %T", f)
}

func (b *builder) junction(word string, list []query.Filter, empty bson.D) (bson.D, error) {
	if len(list) == 0 {
		return empty, nil
	}
	of := make(bson.A, 0, len(list))
	for _, f := range list {
		x, err := b.filter(f)
		if err != nil {
			return nil, err
		}
		of = append(of, x)
	}
	return d(word, of), nil
}

func (b *builder) compare(c *query.Compare) (bson.D, error) {
	name := c.Field.Column
	switch c.Op {
	case query.Exists:
		if c.Field.Multi {
			return d(name, d("$elemMatch", d("$ne", nil))), nil
		}
		if c.Field.Type == query.Float {
			return d(name, bson.D{{Key: "$gt", Value: math.Inf(-1)}, {Key: "$lt", Value: math.Inf(1)}}), nil
		}
		return d(name, d("$ne", nil)), nil
	case query.NotExists, query.Ne, query.NotIn:
		positive := *c
		positive.Op = opposite(c.Op)
		of, err := b.compare(&positive)
		return d("$nor", bson.A{of}), err
	default: // handled below
	}
	if err := operands(c); err != nil {
		return nil, err
	}
	switch c.Op {
	case query.Eq, query.In:
		if len(c.Values) == 1 {
			return d(name, d("$eq", b.value(c, c.Values[0]))), nil
		}
		values := make(bson.A, len(c.Values))
		for i, v := range c.Values {
			values[i] = b.value(c, v)
		}
		return d(name, d("$in", values)), nil
	case query.Gt, query.Gte, query.Lt, query.Lte:
		if c.Field.Multi {
			return nil, invalid("operator %q does not fit the list %s", c.Op, name)
		}
		bounds := d("$"+string(c.Op), b.value(c, c.Values[0]))
		switch up := c.Op == query.Gt || c.Op == query.Gte; {
		case c.Field.Type != query.Float:
		case up:
			bounds = append(bounds, bson.E{Key: "$lt", Value: math.Inf(1)})
		default:
			bounds = append(bounds, bson.E{Key: "$gt", Value: math.Inf(-1)})
		}
		return d(name, bounds), nil
	case query.Contains, query.Prefix:
		var any bson.A
		for _, v := range c.Values {
			s, ok := v.(string)
			if !ok {
				return nil, invalid("%s on %s takes text, not %T", c.Op, name, v)
			}
			any = append(any, d(name, d("$regex", b.pattern(c.Op, s))))
		}
		return d("$or", any), nil
	default: // handled below
	}
	return nil, invalid("unknown operator %q", c.Op)
}

// operands checks the values of a comparison. A document among them would be read as an operator.
func operands(c *query.Compare) error {
	if len(c.Values) == 0 {
		return invalid("%s on %s without a value", c.Op, c.Field.Column)
	}
	for _, v := range c.Values {
		switch v.(type) {
		case string, int64, float64, bool, time.Time:
		default:
			return invalid("a %T cannot be compared with %s", v, c.Field.Column)
		}
	}
	return nil
}

func opposite(op query.Op) query.Op {
	switch op {
	case query.Ne:
		return query.Eq
	case query.NotIn:
		return query.In
	default: // not exists
		return query.Exists
	}
}

// value returns a bound value, a time as the column keeps it.
func (b *builder) value(c *query.Compare, v any) any {
	if t, ok := v.(time.Time); ok {
		return b.bind(bound(c.Op, t, c.Storage, c.Zone))
	}
	return b.bind(v)
}
