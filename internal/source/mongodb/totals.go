package mongodb

import "github.com/go-dispatcher/dispatcher/internal/query"

// A group over no documents is no document, where a query without groups has one row: it is made here.

// ofNone returns the row of totals over no rows.
func ofNone(q *query.Query) []any {
	row := make([]any, 0, len(q.Measures)+1)
	for i := range q.Measures {
		m := &q.Measures[i]
		if m.Formula == nil {
			row = append(row, zero(m))
			continue
		}
		if f, ok := evaluate(m.Formula, m.Inputs); ok {
			row = append(row, f)
		} else {
			row = append(row, nil)
		}
	}
	if q.Total {
		row = append(row, int64(1))
	}
	return row
}

// zero is an aggregate over no rows: counts are 0, all else is null.
func zero(m *query.Measure) any {
	if m.Agg == query.Count || m.Agg == query.CountDistinct || m.Agg == query.NonFinite {
		return int64(0)
	}
	return nil
}

// evaluate computes a formula over no rows; false is a null.
func evaluate(e query.Expr, inputs []query.Measure) (float64, bool) {
	switch e := e.(type) {
	case query.Number:
		return float64(e), true
	case query.Ref:
		for i := range inputs {
			if inputs[i].Name == string(e) {
				return 0, zero(&inputs[i]) != nil
			}
		}
	case query.Binary:
		left, ok := evaluate(e.Left, inputs)
		right, also := evaluate(e.Right, inputs)
		switch {
		case !ok || !also:
		case e.Op == "+":
			return left + right, true
		case e.Op == "-":
			return left - right, true
		case e.Op == "*":
			return left * right, true
		case right != 0:
			return left / right, true
		}
	}
	return 0, false
}
