package mongodb

import (
	"regexp"
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
		from, to := q.Range.From, q.Range.To
		if q.Time.Storage == query.StorageDate {
			to = endOfDay(to, q.Time.Zone) // a day that the range ends in belongs to it
		}
		out = append(out, bson.E{Key: q.Time.Column, Value: bson.D{
			{Key: "$gte", Value: b.bind(kept(from, q.Time.Storage, q.Time.Zone))}, {Key: "$lt", Value: b.bind(kept(to, q.Time.Storage, q.Time.Zone))},
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
			return d(name+".0", d("$exists", true)), nil
		}
		return d(name, d("$ne", nil)), nil
	case query.NotExists, query.Ne, query.NotIn:
		positive := *c
		positive.Op = opposite(c.Op)
		of, err := b.compare(&positive)
		return d("$nor", bson.A{of}), err
	default: // handled below
	}
	if len(c.Values) == 0 {
		return nil, invalid("%s on %s without a value", c.Op, name)
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
		return d(name, d("$"+string(c.Op), b.value(c, c.Values[0]))), nil
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

// pattern returns the expression that finds a text without regard to case; all of its own signs are escaped.
func (b *builder) pattern(op query.Op, s string) any {
	expr := regexp.QuoteMeta(s)
	if op == query.Prefix {
		expr = "^" + expr
	}
	if b.mode == show {
		return b.bind(expr)
	}
	return bson.Regex{Pattern: expr, Options: "i"}
}

// value returns a bound value, a time as the column keeps it.
func (b *builder) value(c *query.Compare, v any) any {
	if t, ok := v.(time.Time); ok {
		return b.bind(kept(t, c.Storage, c.Zone))
	}
	return b.bind(v)
}
