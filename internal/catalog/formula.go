package catalog

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// braced is a measure written as {name}, as other tools have it.
var braced = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_]*)\}`)

//nolint:gochecknoglobals // a constant table
var arithmetic = map[string]string{
	operators.Add: "+", operators.Subtract: "-", operators.Multiply: "*", operators.Divide: "/",
}

// maxInputs bounds the aggregates that one formula may need once expanded.
const maxInputs = 64

// formulas compiles the formulas of one dataset; a formula over a formula is expanded to plain aggregates.
type formulas struct {
	measures map[string]*Measure // all; those with a formula have Query.Formula once compiled
	sources  map[string]*value   // text of each formula by measure
	state    map[string]int      // 1 being compiled, 2 done
	path     []string
	faults   *faults
}

func (f *formulas) compileAll() {
	for _, name := range slices.Sorted(maps.Keys(f.sources)) {
		f.compile(name)
	}
}

func (f *formulas) compile(name string) {
	if f.state[name] != 0 {
		return
	}
	f.state[name] = 1
	f.path = append(f.path, name)
	defer func() {
		f.state[name] = 2
		f.path = f.path[:len(f.path)-1]
	}()
	src, m := f.sources[name], f.measures[name]
	// Spaces in place of the braces keep every column where it was.
	x := parseExpr(braced.ReplaceAllString(src.text, " $1 "))
	if len(x.errs) == 0 {
		m.Query.Formula = f.expr(x, x.tree.Expr(), m)
	}
	if len(m.Query.Inputs) > maxInputs {
		x.errs = append(x.errs, exprError{line: 1, message: "formula needs too many aggregates"})
	}
	x.report(src, "formula", f.faults)
}

func (f *formulas) expr(x *expression, e ast.Expr, m *Measure) query.Expr {
	switch e.Kind() {
	case ast.LiteralKind:
		switch v := e.AsLiteral().Value().(type) {
		case int64:
			return query.Number(v)
		case float64:
			return query.Number(v)
		}
	case ast.IdentKind:
		return f.reference(x, e, m)
	case ast.CallKind:
		call := e.AsCall()
		args := call.Args()
		if op, ok := arithmetic[call.FunctionName()]; ok && len(args) == 2 {
			return query.Binary{Op: op, Left: f.expr(x, args[0], m), Right: f.expr(x, args[1], m)}
		}
		if call.FunctionName() == operators.Negate {
			return query.Binary{Op: "-", Left: query.Number(0), Right: f.expr(x, args[0], m)}
		}
		x.fail(e, "use + - * / and parentheses", "%s is not part of the formula language", display(call.FunctionName()))
		return query.Number(0)
	default: // handled below
	}
	x.fail(e, "use numbers, names of measures, + - * / and parentheses", "not arithmetic")
	return query.Number(0)
}

func (f *formulas) reference(x *expression, e ast.Expr, m *Measure) query.Expr {
	name := e.AsIdent()
	other := f.measures[name]
	if other == nil {
		x.fail(e, Suggest(name, slices.Collect(maps.Keys(f.measures))), "unknown measure %q", name)
		return query.Number(0)
	}
	if _, ok := f.sources[name]; !ok {
		m.input(other.Query)
		return query.Ref(name)
	}
	if f.state[name] == 1 {
		from := slices.Index(f.path, name)
		x.fail(e, "", "it needs itself: %s", strings.Join(append(slices.Clone(f.path[from:]), name), " → "))
		return query.Number(0)
	}
	f.compile(name)
	for _, in := range other.Query.Inputs {
		m.input(in)
	}
	if other.Query.Formula == nil {
		return query.Number(0)
	}
	return other.Query.Formula
}

// input adds an aggregate that the formula refers to, once.
func (m *Measure) input(in query.Measure) {
	if !slices.ContainsFunc(m.Query.Inputs, func(have query.Measure) bool { return have.Name == in.Name }) {
		m.Query.Inputs = append(m.Query.Inputs, in)
	}
}
