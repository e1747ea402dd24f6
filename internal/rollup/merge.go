package rollup

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"

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
	measures []value // how each of q's is put together from the columns
	ids      map[string]int32
	keys     [][]any // of each group
}

// NewMerge begins the answer to q; false where its measures are not made of parts.
func NewMerge(q *query.Query) (*Merge, bool) {
	parts, ok := PartsOf(q.Measures)
	if !ok || q.Rows {
		return nil, false
	}
	m := &Merge{q: q, parts: parts.Measures, columns: make([]column, len(parts.Measures)), ids: make(map[string]int32)}
	for i := range m.parts {
		m.columns[i] = newColumn(&m.parts[i])
	}
	for i := range q.Measures {
		m.measures = append(m.measures, m.measure(&q.Measures[i]))
	}
	if len(q.Groups) == 0 {
		m.group(nil, nil) // one row, even over no rows
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

// group returns the number of a group, which is begun where it is new.
func (m *Merge) group(name []byte, key func() []any) int32 {
	id, ok := m.ids[string(name)]
	if !ok {
		id = int32(len(m.keys)) //nolint:gosec // far fewer than 2³¹ rows
		m.ids[string(name)] = id
		var k []any
		if key != nil {
			k = key()
		}
		m.keys = append(m.keys, k)
		for _, c := range m.columns {
			c.grow(len(m.keys))
		}
		for _, v := range m.values {
			v.grow(len(m.keys))
		}
	}
	return id
}

// assign finds each row's group.
func (m *Merge) assign(r *Recipe, answer *frame.Frame) ([]int32, error) {
	columns := make([]frame.Column, len(r.keys))
	for i, k := range r.keys {
		if k.column == "" {
			continue
		}
		c, err := answer.Column(k.column)
		if err != nil {
			return nil, fmt.Errorf("rollup: %w", err)
		}
		columns[i] = c
	}
	out := make([]int32, answer.Rows())
	var name []byte
	for row := range out {
		name = name[:0]
		for i := range r.keys {
			name = r.keys[i].appendName(name, columns[i], row)
		}
		out[row] = m.group(name, func() []any {
			key := make([]any, len(r.keys))
			for i := range key {
				key[i] = r.keys[i].of(columns[i], row)
			}
			return key
		})
	}
	return out, nil
}

// of is the key of a row.
func (k *mapping) of(c frame.Column, row int) any {
	switch {
	case k.column == "":
		return k.key
	case k.table != nil:
		if n, ok := c.Int(row); ok && n >= 0 && int(n) < len(k.table) {
			return k.table[n]
		}
		return nil
	case k.bins != nil:
		return binOf(k.bins, c.Value(row))
	}
	v := c.Value(row)
	if f, ok := v.(float64); ok {
		return f + 0 // a zero has two signs
	}
	return v
}

// appendName writes a row's key so that no two keys are written alike.
func (k *mapping) appendName(to []byte, c frame.Column, row int) []byte {
	if k.column != "" && k.table == nil && k.bins == nil {
		if c.Null(row) {
			return append(to, 0)
		}
		switch a := c.Array().(type) { // without an allocation for each row
		case *array.String:
			s := a.Value(row)
			return append(binary.AppendUvarint(append(to, 1), uint64(len(s))), s...)
		case *array.Int64:
			return binary.BigEndian.AppendUint64(append(to, 2), uint64(a.Value(row))) //nolint:gosec // the bits are what counts
		}
	}
	switch v := k.of(c, row).(type) {
	case nil:
		return append(to, 0)
	case int64:
		return binary.BigEndian.AppendUint64(append(to, 2), uint64(v)) //nolint:gosec // the bits are what counts
	case float64:
		return binary.BigEndian.AppendUint64(append(to, 3), math.Float64bits(v))
	case bool:
		if v {
			return append(to, 4, 1)
		}
		return append(to, 4, 0)
	default: // a time
		return fmt.Appendf(append(to, 5), "%v\x00", v)
	}
}
