package rollup

import (
	"errors"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// errNoPart is the error of rows that are not among those they are to be taken from.
var errNoPart = errors.New("rollup: the rows are no part of the others")

// Subtracts says whether parts of measures are known for the rest of some rows from those of all and those of the others: counts, and sums of whole numbers, which are the same in any order. Which
// groups have rows left is told by the count of rows, and which sums have a value left by the count of values.
func Subtracts(parts []query.Measure) bool {
	counted := func(of query.Measure) bool {
		return slices.ContainsFunc(parts, func(p query.Measure) bool { return p.Name == part(of, query.Count).Name })
	}
	return counted(query.Measure{}) && !slices.ContainsFunc(parts, func(m query.Measure) bool {
		switch m.Agg {
		case query.Count:
			return false
		case query.Sum:
			return m.Field.Type != query.Int || m.Field.Multi || !counted(m)
		default: // an extreme may have been that of any of the rows
		}
		return true
	})
}

// Without returns the answer to q for the rows of all but those that some answers for, by a finer query. The measures of q are parts, of which Subtracts is true.
func Without(q *query.Query, all *frame.Frame, finer *query.Query, some *frame.Frame) (*frame.Frame, error) {
	whole, adds := From(q, q)
	part, subtracts := From(q, finer)
	m, made := NewMerge(q)
	if !adds || !subtracts || !made || !Subtracts(m.parts) {
		return nil, errNoPart
	}
	if err := m.Add(whole, all); err != nil {
		return nil, err
	}
	if err := m.subtract(part, some); err != nil {
		return nil, err
	}
	rest, truncated, err := m.Answer()
	if err != nil || truncated {
		return nil, errors.Join(err, errNoPart)
	}
	if len(q.Groups) == 0 {
		return rest, nil
	}
	count, err := rest.Column(rowsOf().Name)
	if err != nil {
		return nil, err
	}
	var left []int
	for row := range rest.Rows() {
		if n, _ := count.Int(row); n > 0 {
			left = append(left, row)
		}
	}
	return rest.Take(left)
}

// rowsOf is the part that counts rows.
func rowsOf() query.Measure { return part(query.Measure{}, query.Count) }

// subtract takes rows out that have been added.
func (m *Merge) subtract(r *Recipe, answer *frame.Frame) error {
	group, err := m.assign(r, answer)
	if err != nil {
		return err
	}
	for i := range m.parts {
		values, err := answer.Column(m.parts[i].Name)
		if err != nil {
			return err
		}
		c, ok := m.columns[i].(*wholes)
		if !ok {
			return errNoPart
		}
		c.subtract(values, group)
	}
	for i, p := range m.parts {
		c, _ := m.columns[i].(*wholes)
		if p.Agg == query.Count {
			if slices.ContainsFunc(c.sums, func(n int64) bool { return n < 0 }) {
				return errNoPart
			}
			continue
		}
		counts, _ := m.columns[m.at(part(p, query.Count))].(*wholes)
		for g, n := range counts.sums {
			c.seen[g] = n > 0
		}
	}
	return nil
}

func (c *wholes) subtract(values frame.Column, group []int32) {
	a, ok := values.Array().(*array.Int64)
	if !ok {
		return
	}
	for i, n := range a.Int64Values() {
		switch {
		case a.IsNull(i):
		case n == math.MinInt64: // there is no such number above zero
			c.plus(group[i], math.MaxInt64)
			c.plus(group[i], 1)
		default:
			c.plus(group[i], -n)
		}
	}
}
