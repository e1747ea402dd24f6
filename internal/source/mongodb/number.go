package mongodb

import (
	"errors"
	"math"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A floating-point number that is infinite or none is no value, as a null is. Sums and averages cost nothing for that: the
// server carries such a number into the result, where it is made null once a group.

// finite says whether an expression is a number that is one: everything else compares as less or more than all numbers.
func finite(x any) bson.D {
	return d("$and", bson.A{d("$gt", bson.A{x, math.Inf(-1)}), d("$lt", bson.A{x, math.Inf(1)})})
}

// onlyFinite is a number where it is one, and null else.
func onlyFinite(x any) bson.D { return d("$cond", bson.A{finite(x), x, nil}) }

// valueOf is the expression of a column's value, null where there is none.
func valueOf(f query.Field) any {
	if f.Type == query.Float {
		return onlyFinite(field(f.Column))
	}
	return d("$ifNull", bson.A{field(f.Column), nil})
}

// A sum of whole numbers of 64 bits becomes a double when it overflows, and stays one: a result of that type has lost digits, or is of
// numbers that are kept as doubles, as shells write them. It is not believed. The query runs again then, exactly, and from then on
// so do all over its collection.

// errInexact says that a sum has become a double.
var errInexact = errors.New("mongodb: a sum of whole numbers is a double")

// inexact is the field that says so.
const inexact = "inexact"

// inexactly returns the field of a projection that says whether one of the sums of whole numbers is a double.
func (ps *partials) inexactly() bson.D {
	if len(ps.wholes) == 0 {
		return nil
	}
	var any bson.A
	for _, name := range ps.wholes {
		any = append(any, d("$eq", bson.A{d("$type", "$"+name), "double"}))
	}
	return d(inexact, d("$or", any))
}

// wholeSum adds up whole numbers of an expression, which is null where there is none. Exactly, those of 64 bits become decimals, and those
// that are kept as doubles are added up apart, where each is exact: the server rounds a double to 15 digits when it makes a decimal.
func (b *builder) wholeSum(ps *partials, value any, share bool) any {
	if !b.exact {
		name := ps.add("$sum", value, share)
		ps.wholes = append(ps.wholes, name[1:])
		return name
	}
	isDouble := d("$eq", bson.A{d("$type", value), "double"})
	whole := ps.add("$sum", d("$cond", bson.A{isDouble, nil, d("$toDecimal", value)}), share)
	doubles := ps.add("$sum", d("$cond", bson.A{isDouble, value, 0}), share)
	isWhole := d("$eq", bson.A{d("$trunc", doubles), doubles})
	exact := d("$and", bson.A{isWhole, d("$lt", bson.A{d("$abs", doubles), int64(1) << 53})})
	branch := func(when, then any) bson.D { return bson.D{{Key: "case", Value: when}, {Key: "then", Value: then}} }
	return d("$switch", bson.D{
		{Key: "branches", Value: bson.A{
			branch(exact, d("$add", bson.A{whole, d("$toLong", d("$cond", bson.A{exact, doubles, 0}))})),
			branch(d("$and", bson.A{isWhole, finite(doubles)}), d("$literal", math.MaxFloat64)), // refused on reading
		}},
		{Key: "default", Value: onlyFinite(doubles)}, // a fraction, which is refused too
	})
}

// wholeDecimal returns a decimal as a whole number; false where it has a fraction, or is none.
func wholeDecimal(v bson.Decimal128) (*big.Int, bool) {
	n, exponent, err := v.BigInt()
	if err != nil {
		return new(big.Int), false // infinite, or no number
	}
	exponent = min(exponent, 99) // far beyond already
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent >= 0 {
		return n.Mul(n, scale), true
	}
	n, rest := n.QuoRem(n, scale, new(big.Int))
	return n, rest.Sign() == 0
}
