package rollup

import (
	"fmt"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Recipe is how a query is answered by answers to a finer one.
type Recipe struct {
	keys   []mapping
	values map[query.Field]string // the columns of the values that measures need
}

// From returns how q is answered by answers to from, whose measures have to be the parts of q's, or more. That both ask the same rows, as far as the range of from goes, is for
// the caller to see. False says that from has not the groups, or is cut.
func From(q, from *query.Query) (*Recipe, bool) {
	if q.Rows || from.Rows || from.Limit > 0 || from.Offset > 0 || from.Others || from.Total {
		return nil, false
	}
	if len(from.Groups) == 0 && len(q.Groups) > 0 {
		return nil, false // it has one row even over no rows, of which there is no group
	}
	parts, ok := PartsOf(q.Measures)
	if !ok {
		return nil, false
	}
	r := &Recipe{values: make(map[query.Field]string)}
	for i := range parts.Values {
		v := &parts.Values[i]
		at := slices.IndexFunc(from.Groups, func(g query.Group) bool { return same(&g, v, from.Range) })
		if at < 0 {
			return nil, false
		}
		r.values[v.Field] = from.Groups[at].Name
	}
	r.keys, ok = mappings(q, from)
	return r, ok
}

// Merge collects answers to finer queries and puts them together. It belongs to one goroutine.
type Merge struct {
	q        *query.Query
	parts    []query.Measure
	columns  []column
	values   []*values
	measures []measured // those of q
	keys     *keys
}

// NewMerge begins the answer to q; false where its measures are not made of parts.
func NewMerge(q *query.Query) (*Merge, bool) {
	parts, ok := PartsOf(q.Measures)
	if !ok || q.Rows {
		return nil, false
	}
	m := &Merge{q: q, parts: parts.Measures, columns: make([]column, len(parts.Measures)), keys: newKeys(len(q.Groups))}
	for i := range m.parts {
		m.columns[i] = newColumn(&m.parts[i])
	}
	for i := range q.Measures {
		m.measures = append(m.measures, m.measure(&q.Measures[i]))
	}
	if len(q.Groups) == 0 {
		m.keys.assign(nil, 0)
		m.grow() // one row, even over no rows
	}
	return m, true
}

// Add takes an answer by the recipe that From has for its query.
func (m *Merge) Add(r *Recipe, answer *frame.Frame) error {
	group, err := m.assign(r, answer)
	if err != nil {
		return err
	}
	for i := range m.parts {
		c, err := answer.Column(m.parts[i].Name)
		if err != nil {
			return fmt.Errorf("rollup: %w", err)
		}
		m.columns[i].add(c, group)
	}
	for _, v := range m.values {
		value, err := answer.Column(r.values[v.of])
		if err != nil {
			return fmt.Errorf("rollup: %w", err)
		}
		count, err := answer.Column(v.part)
		if err != nil {
			return fmt.Errorf("rollup: %w", err)
		}
		v.add(value, count, group)
	}
	return nil
}

// grow makes room for the groups that have come.
func (m *Merge) grow() {
	for _, c := range m.columns {
		c.grow(m.keys.groups)
	}
	for _, v := range m.values {
		v.grow(m.keys.groups)
	}
}

// assign finds each row's group.
func (m *Merge) assign(r *Recipe, answer *frame.Frame) ([]int32, error) {
	codes := make([][]int32, len(r.keys))
	for i := range r.keys {
		var c frame.Column
		if k := &r.keys[i]; k.column != "" {
			var err error
			if c, err = answer.Column(k.column); err != nil {
				return nil, fmt.Errorf("rollup: %w", err)
			}
		}
		codes[i] = m.keys.columns[i].ofRows(&r.keys[i], c, answer.Rows())
	}
	out := m.keys.assign(codes, answer.Rows())
	m.grow()
	return out, nil
}
