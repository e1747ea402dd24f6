package days

import (
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// part is what a piece has in the entry that it is in.
type part struct {
	entry Entry
	edges []time.Time // of its stretches
	first int         // which of the entry's stretches is the first of its own
	rows  *frame.Frame
}

// use merges what is kept. By day or hour neighbors are merged as one: how groups are made of stretches is found out once, and not for each day.
func (m *merging) use(pieces []piece, entries []Entry) error {
	var parts []part
	for i, p := range pieces {
		if p.kept {
			m.result.Stats.Kept += p.to - p.from
			parts = append(parts, m.partOf(p, entries[i]))
		}
		if next := i + 1; len(parts) > 0 && (m.shape.step == whole || next == len(pieces) || !pieces[next].kept) {
			if err := m.useAll(parts); err != nil {
				return err
			}
			parts = nil
		}
	}
	return nil
}

// divides says that an entry's days have the edges of a piece. They had others if the zone's rules were others then.
func (m *merging) divides(e *Entry, p piece) bool {
	_, from := slices.BinarySearchFunc(e.Days, m.days[p.from], time.Time.Compare)
	_, to := slices.BinarySearchFunc(e.Days, m.days[p.to], time.Time.Compare)
	return from && to
}

// partOf finds the rows that a piece has in an entry.
func (m *merging) partOf(p piece, e Entry) part {
	stretches := m.shape.stretches(e.Days)
	if p.to-p.from == block(e.Days).days() {
		return part{e, stretches, 0, e.Frame}
	}
	first, _ := slices.BinarySearchFunc(stretches, m.days[p.from], time.Time.Compare)
	last, _ := slices.BinarySearchFunc(stretches, m.days[p.to], time.Time.Compare)
	return part{e, stretches[first : last+1], first, e.Frame.Slice(rowsOf(e.Frame, first, last-first))}
}

// useAll merges neighboring parts.
func (m *merging) useAll(parts []part) error {
	at := parts[0].entry.At
	edges := parts[0].edges[:1:1]
	for _, p := range parts {
		edges = append(edges, p.edges[1:]...)
		if p.entry.At.Before(at) {
			at = p.entry.At
		}
	}
	rows := parts[0].rows
	if m.shape.step != whole {
		var err error
		if rows, err = joined(parts); err != nil {
			return err
		}
	}
	return m.add(m.shape.by(edges), rows, at)
}

// joined are the rows of neighboring parts, whose stretches are numbered on.
func joined(parts []part) (*frame.Frame, error) {
	fields := parts[0].rows.Fields()
	columns := make([]arrow.Array, len(fields))
	for i, f := range fields {
		if f.Name == columnStretch {
			columns[i] = numbered(parts, i)
			continue
		}
		list := make([]arrow.Array, len(parts))
		for j, p := range parts {
			list[j] = p.rows.At(i).Array()
		}
		var err error
		if columns[i], err = array.Concatenate(list, memory.DefaultAllocator); err != nil {
			return nil, fmt.Errorf("days: %w", err)
		}
	}
	return frame.Of(fields, columns), nil
}

// numbered are the numbers of the parts' stretches, from the first part's first one on.
func numbered(parts []part, column int) arrow.Array {
	var out []int64
	before := 0
	for _, p := range parts {
		c := p.rows.At(column)
		for row := range c.Len() {
			n, _ := c.Int(row)
			out = append(out, n-int64(p.first)+int64(before))
		}
		before += len(p.edges) - 1
	}
	return frame.Ints(out, nil)
}
