package catalog

import (
	"maps"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// condition compiles CEL row conditions over the dimensions of a dataset.
type condition struct {
	*expression
	dims map[string]*Dimension
}

// compileCondition returns the filter that src says; where errs is not empty it is not usable.
func compileCondition(src string, dims map[string]*Dimension) (query.Filter, *expression) {
	c := condition{expression: parseExpr(src), dims: dims}
	if len(c.errs) > 0 {
		return nil, c.expression
	}
	filter := c.compile(c.tree.Expr())
	return filter, c.expression
}

//nolint:gochecknoglobals // a constant table
var comparisons = map[string]query.Op{
	operators.Equals: query.Eq, operators.NotEquals: query.Ne, operators.Greater: query.Gt,
	operators.GreaterEquals: query.Gte, operators.Less: query.Lt, operators.LessEquals: query.Lte,
}

//nolint:gochecknoglobals // a constant table
var flipped = map[query.Op]query.Op{
	query.Eq: query.Eq, query.Ne: query.Ne, query.Gt: query.Lt, query.Gte: query.Lte, query.Lt: query.Gt, query.Lte: query.Gte,
}

func (c *condition) compile(e ast.Expr) query.Filter {
	switch e.Kind() {
	case ast.IdentKind:
		d := c.dimension(e)
		if d == nil {
			return nil
		}
		if d.Field.Type != query.Bool {
			c.fail(e, "compare it with a value", "%s is %s, not a condition", d.Name, d.Field.Type)
			return nil
		}
		return compare(d, query.Eq, true)
	case ast.LiteralKind:
		if b, ok := e.AsLiteral().Value().(bool); ok {
			if b {
				return query.And{}
			}
			return query.Or{}
		}
	case ast.CallKind:
		return c.call(e)
	default: // handled below
	}
	c.fail(e, "use comparisons, in, &&, ||, !, contains, startsWith and has", "not a condition")
	return nil
}

func (c *condition) call(e ast.Expr) query.Filter {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	if op, ok := comparisons[name]; ok {
		return c.comparison(e, op, args[0], args[1])
	}
	switch name {
	case operators.LogicalAnd:
		return query.And(c.each(name, args, nil))
	case operators.LogicalOr:
		return query.Or(c.each(name, args, nil))
	case operators.LogicalNot:
		return query.Not{Of: c.compile(args[0])}
	case operators.In, operators.OldIn:
		return c.in(e, args[0], args[1])
	case "has":
		if len(args) == 1 && !call.IsMemberFunction() {
			if d := c.dimension(args[0]); d != nil {
				return compare(d, query.Exists)
			}
			return nil
		}
	case "contains", "startsWith":
		if len(args) == 1 && call.IsMemberFunction() {
			return c.match(e, name, call.Target(), args[0])
		}
	}
	c.fail(e, "use comparisons, in, &&, ||, !, contains, startsWith and has", "%s is not part of the condition language", display(name))
	return nil
}

// each flattens a && b && c into one list.
func (c *condition) each(name string, args []ast.Expr, into []query.Filter) []query.Filter {
	for _, a := range args {
		if a.Kind() == ast.CallKind && a.AsCall().FunctionName() == name {
			into = c.each(name, a.AsCall().Args(), into)
			continue
		}
		into = append(into, c.compile(a))
	}
	return into
}

func (c *condition) comparison(e ast.Expr, op query.Op, left, right ast.Expr) query.Filter {
	if left.Kind() != ast.IdentKind && right.Kind() == ast.IdentKind {
		left, right, op = right, left, flipped[op]
	}
	d := c.dimension(left)
	if d == nil {
		return nil
	}
	if right.Kind() == ast.LiteralKind && right.AsLiteral().Type().TypeName() == "null_type" {
		switch op {
		case query.Ne:
			return compare(d, query.Exists)
		case query.Eq:
			return compare(d, query.NotExists)
		default: // handled below
		}
		c.fail(e, "only == and != take null", "null has no order")
		return nil
	}
	if d.Field.Type == query.Bool && op != query.Eq && op != query.Ne {
		c.fail(e, "use == or !=", "%s is bool, which has no order", d.Name)
		return nil
	}
	if v, ok := c.literal(right, d); ok {
		return compare(d, op, v)
	}
	return nil
}

func (c *condition) in(e, left, right ast.Expr) query.Filter {
	if right.Kind() == ast.IdentKind {
		// "x" in tags, for a list column.
		if d := c.dimension(right); d != nil {
			if !d.Field.Multi {
				c.fail(e, "write "+d.Name+" == …", "%s is not a list", d.Name)
				return nil
			}
			if v, ok := c.literal(left, d); ok {
				return compare(d, query.Eq, v)
			}
		}
		return nil
	}
	d := c.dimension(left)
	if d == nil {
		return nil
	}
	if right.Kind() != ast.ListKind || right.AsList().Size() == 0 {
		c.fail(right, "for example [\"a\", \"b\"]", "in needs a list of values")
		return nil
	}
	var values []any
	for _, item := range right.AsList().Elements() {
		if v, ok := c.literal(item, d); ok {
			values = append(values, v)
		}
	}
	return compare(d, query.In, values...)
}

func (c *condition) match(e ast.Expr, name string, target, arg ast.Expr) query.Filter {
	d := c.dimension(target)
	if d == nil {
		return nil
	}
	if d.Field.Type != query.String {
		c.fail(e, "", "%s works on string dimensions; %s is %s", name, d.Name, d.Field.Type)
		return nil
	}
	v, ok := c.literal(arg, d)
	if !ok {
		return nil
	}
	if name == "contains" {
		return compare(d, query.Contains, v)
	}
	return compare(d, query.Prefix, v)
}

func (c *condition) dimension(e ast.Expr) *Dimension {
	if e.Kind() != ast.IdentKind {
		c.fail(e, "write a dimension on one side and a literal on the other", "a dimension is expected here")
		return nil
	}
	d := c.dims[e.AsIdent()]
	switch {
	case d == nil:
		c.fail(e, Suggest(e.AsIdent(), slices.Collect(maps.Keys(c.dims))), "unknown dimension %q", e.AsIdent())
		return nil
	case d.Part != "":
		c.fail(e, "", "%s is a part of a time, which a condition cannot use", d.Name)
		return nil
	}
	return d
}

func compare(d *Dimension, op query.Op, values ...any) query.Compare {
	return query.Compare{Field: d.Field, Op: op, Values: values, Storage: d.Storage, Zone: d.Zone}
}

func display(function string) string {
	if s, ok := operators.FindReverse(function); ok && s != "" {
		return s
	}
	return function
}
