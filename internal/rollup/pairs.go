package rollup

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/memory"
)

// pairs numbers pairs of small numbers in the order in which they first come. While there is not much room between them they are looked up in a table, which takes a tenth of the time of a map.
type pairs struct {
	cells  []int32 // by before·width+code: the number and one, 0 where there is none
	width  int
	sparse map[uint64]int32 // in place of cells, where these would be too many
	count  int
}

// A table has mostCells, and no more than so many for each row.
const (
	mostCells    = 1 << 20
	cellsForRow  = 64
	cellsForNone = 1 << 12
)

// tables are those of merges that are over.
//
//nolint:gochecknoglobals // what is in it is nobody's
var tables memory.Spare[int32]

// table returns one of so many cells, all of them 0.
func table(cells int) []int32 {
	out := slices.Grow(tables.Get(), cells)[:cells]
	clear(out)
	return out
}

// release gives the table to whoever needs one next.
func (p *pairs) release() {
	tables.Put(p.cells)
	p.cells, p.width = nil, 0
}

// number replaces what stands before, which is less than befores, by the numbers of the pairs with codes less than width, after so many rows in all. It returns how many pairs there are.
func (p *pairs) number(before, codes []int32, befores, width, rows int) int {
	p.reserve(befores, width, rows)
	if p.sparse != nil {
		for row, n := range before {
			pair := uint64(uint32(n))<<32 | uint64(uint32(codes[row])) //nolint:gosec // the bits are what counts
			next, ok := p.sparse[pair]
			if !ok {
				next = int32(p.count) //nolint:gosec // far fewer than 2³¹ pairs
				p.count++
				p.sparse[pair] = next
			}
			before[row] = next
		}
		return p.count
	}
	for row, n := range before {
		cell := &p.cells[int(n)*p.width+int(codes[row])]
		if *cell == 0 {
			p.count++
			*cell = int32(p.count) //nolint:gosec // far fewer than 2³¹ pairs
		}
		before[row] = *cell - 1
	}
	return p.count
}

// reserve makes room for pairs of so many.
func (p *pairs) reserve(befores, width, rows int) {
	if p.sparse != nil || width <= p.width && befores*p.width <= len(p.cells) {
		return
	}
	width = max(width, p.width)
	if befores*width > min(mostCells, cellsForNone+cellsForRow*rows) {
		p.sparse = make(map[uint64]int32, p.count)
		p.each(func(before, code int, number int32) {
			p.sparse[uint64(before)<<32|uint64(code)] = number - 1 //nolint:gosec // neither is negative
		})
		p.release()
		return
	}
	cells := table(befores * width)
	p.each(func(before, code int, number int32) { cells[before*width+code] = number })
	p.release()
	p.cells, p.width = cells, width
}

// each calls a function with all pairs of the table, and their cells.
func (p *pairs) each(do func(before, code int, number int32)) {
	for i, number := range p.cells {
		if number != 0 {
			do(i/p.width, i%p.width, number)
		}
	}
}
