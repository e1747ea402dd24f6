package catalog

import (
	"fmt"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/parser"
)

// exprError is what is wrong with an expression and where, counted in characters from its start.
type exprError struct {
	line, column  int
	message, hint string
}

// expression is a parsed CEL expression with its faults.
type expression struct {
	tree *ast.AST
	errs []exprError
}

// parseExpr parses CEL without its macros: has() is a word of ours, and nothing here loops.
func parseExpr(src string) *expression {
	x := &expression{}
	p, err := parser.NewParser(parser.MaxRecursionDepth(64), parser.ExpressionSizeCodePointLimit(8192),
		parser.ErrorReportingLimit(5))
	if err != nil {
		x.errs = append(x.errs, exprError{line: 1, message: err.Error()})
		return x
	}
	tree, errs := p.Parse(common.NewTextSource(src))
	if errs != nil {
		for _, e := range errs.GetErrors() {
			x.errs = append(x.errs, exprError{line: e.Location.Line(), column: e.Location.Column(), message: e.Message})
		}
		if len(x.errs) > 0 {
			return x
		}
	}
	x.tree = tree
	return x
}

// fail records a fault at an expression.
func (x *expression) fail(e ast.Expr, hint, format string, args ...any) {
	loc := x.tree.SourceInfo().GetStartLocation(e.ID())
	x.errs = append(x.errs, exprError{line: loc.Line(), column: loc.Column(), message: fmt.Sprintf(format, args...), hint: hint})
}

// report turns the faults of an expression into faults of the file.
func (x *expression) report(v *value, what string, f *faults) {
	for _, e := range x.errs {
		at := v.at
		if v.shift >= 0 && e.line <= 1 && e.column >= 0 {
			at.column += v.shift + e.column
		}
		f.add(at, e.hint, "%s: %s", what, e.message)
	}
}
