package mongodb

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A measure is made of partial values, which $group accumulates: those of several groups can be put together, which the row for the
// others needs.

// partial is one accumulated value.
type partial struct {
	name string
	// first accumulates it over documents, again over the partial values of groups.
	first, again bson.D
}

// partials are those of all measures.
type partials struct {
	list []partial
	// of returns the final expression of a plain aggregate, by its place: measure and input.
	of map[string]any
	// shared are the accumulated values that several measures may use, by what accumulates them.
	shared map[string]string
	// wholes are the accumulated sums of whole numbers, by name.
	wholes []string
}

func (b *builder) partials(measures []query.Measure) (*partials, error) {
	ps := &partials{of: make(map[string]any), shared: make(map[string]string)}
	for i := range measures {
		m := &measures[i]
		for _, plain := range m.Plain() {
			if err := b.plain(ps, m.Name+"/"+plain.Name, &plain); err != nil {
				return nil, err
			}
		}
	}
	return ps, nil
}

func (ps *partials) add(kind string, value any, share bool) (ref string) {
	first := d(kind, value)
	what := ""
	if share {
		what = first.String()
		if name, ok := ps.shared[what]; ok {
			return "$" + name
		}
	}
	name := "p" + strconv.Itoa(len(ps.list))
	if share {
		ps.shared[what] = name
	}
	ps.list = append(ps.list, partial{name: name, first: first, again: d(kind, "$"+name)})
	return "$" + name
}

// plain accumulates one aggregate.
func (b *builder) plain(ps *partials, place string, m *query.Measure) error {
	value := any(field(m.Field.Column))
	if m.Field.Type == query.Time {
		value = instant(m.Field.Column, m.Storage, m.Zone)
	}
	// seen is what a value has to be to count; nil is any.
	var seen any
	if m.Field.Column != "" {
		seen = d("$gt", bson.A{value, nil})
		if m.Field.Type == query.Float && m.Agg != query.Sum && m.Agg != query.Avg {
			seen = finite(value)
		}
	}
	taken := func(any) any { return value } // aggregates pass nulls and missing fields over
	if m.Where != nil {
		where, err := b.condition(m.Where)
		if err != nil {
			return err
		}
		if seen == nil {
			seen = where
		} else {
			seen = d("$and", bson.A{where, seen})
		}
		taken = func(otherwise any) any { return d("$cond", bson.A{where, value, otherwise}) }
	}
	// Two percentiles of a field need one list of its values. With a condition, values of a request would decide what is shared.
	add := func(kind string, value any) string { return ps.add(kind, value, m.Where == nil) }
	present := func(otherwise any) any { return d("$cond", bson.A{seen, value, otherwise}) }
	number := func() string {
		if seen == nil {
			return add("$sum", 1)
		}
		return add("$sum", d("$cond", bson.A{seen, 1, 0}))
	}
	unlessNone := func(n string, final any) bson.D { return d("$cond", bson.A{d("$gt", bson.A{n, 0}), final, nil}) }
	switch m.Agg {
	case query.Count:
		ps.of[place] = number()
	case query.Sum:
		n := number()
		sum := any(nil)
		if m.Field.Type == query.Int {
			sum = b.wholeSum(ps, taken(nil), m.Where == nil)
		} else {
			sum = onlyFinite(add("$sum", taken(nil)))
		}
		ps.of[place] = unlessNone(n, sum)
	case query.Avg:
		if !b.merged {
			ps.of[place] = onlyFinite(d("$toDouble", add("$avg", taken(nil))))
			return nil
		}
		n := number()
		ps.of[place] = unlessNone(n, onlyFinite(d("$divide", bson.A{d("$toDouble", add("$sum", taken(nil))), n})))
	case query.Min, query.Max:
		if m.Field.Type == query.Float {
			taken = present
		}
		ps.of[place] = d("$ifNull", bson.A{add("$"+string(m.Agg), taken(nil)), nil})
	case query.NonFinite:
		broken := d("$and", bson.A{d("$in", bson.A{d("$type", value), bson.A{"double", "decimal"}}), d("$not", bson.A{finite(value)})})
		if m.Where != nil {
			broken = d("$and", bson.A{taken(true), broken})
		}
		ps.of[place] = add("$sum", d("$cond", bson.A{broken, 1, 0}))
	case query.CountDistinct:
		ps.of[place] = d("$size", add("$addToSet", present("$$REMOVE")))
	case query.Percentile:
		if m.Approximate {
			sketch := d("$percentile", bson.D{{Key: "input", Value: present(nil)}, {Key: "p", Value: bson.A{m.Fraction}}, {Key: "method", Value: "approximate"}})
			name := "p" + strconv.Itoa(len(ps.list))
			ps.list = append(ps.list, partial{name: name, first: sketch})
			ps.of[place] = d("$arrayElemAt", bson.A{"$" + name, 0})
			return nil
		}
		ps.of[place] = percentile(add("$push", present("$$REMOVE")), m.Fraction)
	default:
		return invalid("unknown aggregate %q", m.Agg)
	}
	return nil
}

// percentile interpolates between the closest ranks of a list of values: x(1-part) + y·part, as all stores do.
func percentile(list string, fraction float64) bson.D {
	let := func(vars bson.D, in any) bson.D {
		return d("$let", bson.D{{Key: "vars", Value: vars}, {Key: "in", Value: in}})
	}
	at := func(i any) bson.D { return d("$arrayElemAt", bson.A{"$$sorted", i}) }
	low, high := d("$toInt", d("$floor", "$$at")), d("$toInt", d("$ceil", "$$at"))
	double := func(i any) bson.D { return d("$toDouble", at(i)) } // whole numbers may be longer than what is multiplied exactly
	value := let(bson.D{{Key: "part", Value: d("$subtract", bson.A{"$$at", d("$floor", "$$at")})}},
		d("$add", bson.A{d("$multiply", bson.A{double(low), d("$subtract", bson.A{1, "$$part"})}), d("$multiply", bson.A{double(high), "$$part"})}))
	return let(
		bson.D{
			{Key: "sorted", Value: d("$sortArray", bson.D{{Key: "input", Value: list}, {Key: "sortBy", Value: 1}})},
			{Key: "at", Value: d("$multiply", bson.A{fraction, d("$subtract", bson.A{d("$size", list), 1})})},
		},
		d("$cond", bson.A{d("$gt", bson.A{d("$size", list), 0}), value, nil}),
	)
}

// final returns the expression of a measure over its partial values.
func (ps *partials) final(m *query.Measure) (any, error) {
	if m.Formula == nil {
		return ps.of[m.Name+"/"+m.Name], nil
	}
	return formula(m.Formula, func(name string) (any, error) {
		if x, ok := ps.of[m.Name+"/"+name]; ok {
			return x, nil
		}
		return nil, invalid("measure %s refers to %s, which is not among its inputs", m.Name, name)
	})
}

// formula writes arithmetic in double precision: null in, null out, and a division by zero is null.
func formula(e query.Expr, ref func(name string) (any, error)) (any, error) {
	if _, number := e.(query.Number); !number && constant(e) {
		f, ok := evaluate(e, nil) // the server would compute it before it looks at the condition, and refuse to divide by zero
		if !ok {
			return nil, nil //nolint:nilnil // a null is a value here
		}
		e = query.Number(f)
	}
	switch e := e.(type) {
	case query.Number:
		return d("$literal", float64(e)), nil // by itself it would tell a projection to keep or to drop the field
	case query.Ref:
		x, err := ref(string(e))
		return d("$toDouble", x), err
	case query.Binary:
		left, err := formula(e.Left, ref)
		if err != nil {
			return nil, err
		}
		right, err := formula(e.Right, ref)
		if err != nil {
			return nil, err
		}
		switch e.Op {
		case "+":
			return d("$add", bson.A{left, right}), nil
		case "-":
			return d("$subtract", bson.A{left, right}), nil
		case "*":
			return d("$multiply", bson.A{left, right}), nil
		case "/":
			return d("$cond", bson.A{d("$eq", bson.A{right, 0}), nil, d("$divide", bson.A{left, right})}), nil
		}
		return nil, invalid("unknown operator %q", e.Op)
	}
	return nil, invalid("unknown expression %T", e)
}

// constant says that an expression refers to no aggregate.
func constant(e query.Expr) bool {
	switch e := e.(type) {
	case query.Number:
		return true
	case query.Binary:
		return constant(e.Left) && constant(e.Right)
	}
	return false
}
