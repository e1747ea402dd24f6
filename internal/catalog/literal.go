package catalog

import (
	"math"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// literal returns the value of a literal, in the type of the dimension it is compared with.
func (c *condition) literal(e ast.Expr, d *Dimension) (any, bool) {
	raw, ok := constant(e)
	if !ok {
		c.fail(e, "compare a dimension with a literal", "a literal is expected here")
		return nil, false
	}
	switch v := raw.(type) {
	case string:
		if d.Field.Type == query.String {
			return v, true
		}
	case bool:
		if d.Field.Type == query.Bool {
			return v, true
		}
	case time.Time:
		if d.Field.Type == query.Time {
			return v, true
		}
	case int64:
		switch d.Field.Type {
		case query.Int:
			return v, true
		case query.Float:
			return float64(v), true
		default: // handled below
		}
	case float64:
		if d.Field.Type == query.Float {
			return v, true
		}
		// The other integers are whole: x > 3.5 would be well meant, but 3.5 is no int on any store.
		if d.Field.Type == query.Int && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), true
		}
	}
	hint := ""
	if d.Field.Type == query.Time {
		hint = `write timestamp("2002-01-31T00:00:00Z")`
	}
	c.fail(e, hint, "%s is %s and cannot be compared with %s", d.Name, d.Field.Type, typeName(raw))
	return nil, false
}

// constant evaluates the few constant forms: a literal, a negated number, and timestamp("…").
func constant(e ast.Expr) (any, bool) {
	switch e.Kind() {
	case ast.LiteralKind:
		switch v := e.AsLiteral().Value().(type) {
		case string, bool, int64, float64:
			return v, true
		case uint64:
			return int64(v & math.MaxInt64), v <= math.MaxInt64
		}
	case ast.CallKind:
		call := e.AsCall()
		if len(call.Args()) != 1 || call.IsMemberFunction() {
			return nil, false
		}
		arg, ok := constant(call.Args()[0])
		if !ok {
			return nil, false
		}
		switch v := arg.(type) {
		case int64:
			return -v, call.FunctionName() == operators.Negate
		case float64:
			return -v, call.FunctionName() == operators.Negate
		case string:
			t, err := time.Parse(time.RFC3339Nano, v)
			return t.UTC(), err == nil && call.FunctionName() == "timestamp"
		}
	default: // handled below
	}
	return nil, false
}

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case bool:
		return "true or false"
	case time.Time:
		return "a time"
	case int64:
		return "an integer"
	}
	return "a number"
}
