package mongodb

import (
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// What follows writes conditions as expressions, for measures that see a part of the rows. Expressions compare across types and
// read a text that begins with a dollar sign as a path: types are asked for, and every value stands in a $literal.

func (b *builder) condition(f query.Filter) (any, error) {
	switch f := f.(type) {
	case query.And:
		return b.conditions("$and", f)
	case query.Or:
		return b.conditions("$or", f)
	case query.Not:
		of, err := b.condition(f.Of)
		return d("$not", bson.A{of}), err
	case query.Compare:
		return b.comparison(&f)
	case *query.Compare:
		return b.comparison(f)
	}
	return nil, invalid("unknown filter %T", f)
}

func (b *builder) conditions(word string, list []query.Filter) (any, error) {
	of := make(bson.A, 0, len(list))
	for _, f := range list {
		x, err := b.condition(f)
		if err != nil {
			return nil, err
		}
		of = append(of, x)
	}
	return d(word, of), nil
}

func (b *builder) literal(c *query.Compare, v any) bson.D { return d("$literal", b.value(c, v)) }

func (b *builder) comparison(c *query.Compare) (any, error) {
	name := field(c.Field.Column)
	list := d("$cond", bson.A{d("$isArray", bson.A{name}), name, bson.A{}})
	switch c.Op {
	case query.Exists:
		switch {
		case c.Field.Multi:
			return d("$gt", bson.A{d("$size", d("$setDifference", bson.A{list, bson.A{nil}})), 0}), nil
		case c.Field.Type == query.Float:
			return finite(name), nil
		}
		return d("$gt", bson.A{name, nil}), nil
	case query.NotExists, query.Ne, query.NotIn:
		positive := *c
		positive.Op = opposite(c.Op)
		of, err := b.comparison(&positive)
		return d("$not", bson.A{of}), err
	default: // handled below
	}
	if err := operands(c); err != nil {
		return nil, err
	}
	switch c.Op {
	case query.Eq, query.In:
		values := make(bson.A, len(c.Values))
		for i, v := range c.Values {
			values[i] = b.literal(c, v)
		}
		if c.Field.Multi {
			return d("$gt", bson.A{d("$size", d("$setIntersection", bson.A{list, values})), 0}), nil
		}
		return d("$in", bson.A{name, values}), nil
	case query.Gt, query.Gte, query.Lt, query.Lte:
		if c.Field.Multi {
			return nil, invalid("operator %q does not fit the list %s", c.Op, c.Field.Column)
		}
		return d("$and", bson.A{
			d("$"+string(c.Op), bson.A{name, b.literal(c, c.Values[0])}), ofType(c, name),
		}), nil
	case query.Contains, query.Prefix:
		return b.texts(c, name, list)
	default: // handled below
	}
	return nil, invalid("unknown operator %q", c.Op)
}

// ofType says that a value on the open side of a range has the field's type. The server orders null before numbers, those before
// texts and those before documents, so that one more bound is enough for what is compared most.
func ofType(c *query.Compare, name string) any {
	up := c.Op == query.Gt || c.Op == query.Gte
	number := c.Field.Type == query.Int ||
		c.Field.Type == query.Time && (c.Storage == query.StorageEpochS || c.Storage == query.StorageEpochMS)
	switch {
	case c.Field.Type == query.Float && up:
		return d("$lt", bson.A{name, math.Inf(1)})
	case c.Field.Type == query.Float:
		return d("$gt", bson.A{name, math.Inf(-1)})
	case number && up:
		return d("$lt", bson.A{name, ""})
	case number:
		return d("$gt", bson.A{name, nil})
	case c.Field.Type == query.String && up:
		return d("$lt", bson.A{name, d("$literal", bson.D{})})
	case c.Field.Type == query.String:
		return d("$gte", bson.A{name, ""})
	case c.Field.Type == query.Bool:
		return d("$eq", bson.A{d("$type", name), "bool"})
	}
	return d("$eq", bson.A{d("$type", name), "date"})
}

// texts finds texts without regard to case, in a text or in one of a list.
func (b *builder) texts(c *query.Compare, name string, list bson.D) (any, error) {
	var any bson.A
	for _, v := range c.Values {
		s, ok := v.(string)
		if !ok {
			return nil, invalid("%s on %s takes text, not %T", c.Op, c.Field.Column, v)
		}
		p := patternOf(c.Op, s)
		regex := d("$literal", b.bind(p.expr))
		found := func(in string) bson.D {
			return d("$and", bson.A{d("$eq", bson.A{d("$type", in), "string"}), d("$regexMatch", bson.D{
				{Key: "input", Value: d("$cond", bson.A{d("$eq", bson.A{d("$type", in), "string"}), in, ""})},
				{Key: "regex", Value: regex}, {Key: "options", Value: p.options},
			})})
		}
		if c.Field.Multi {
			any = append(any, d("$anyElementTrue", bson.A{d("$map", bson.D{{Key: "input", Value: list}, {Key: "as", Value: "x"}, {Key: "in", Value: found("$$x")}})}))
		} else {
			any = append(any, found(name))
		}
	}
	return d("$or", any), nil
}
