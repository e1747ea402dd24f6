package days

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// block is a number of neighboring days that are kept together: 2ⁿ of them, from one whose number they divide. So every range of days is made of few blocks, and ranges that
// overlap have most of theirs in common.
type block struct {
	first int64       // the number of its first day since 1970
	edges []time.Time // of its days
}

// largest is how many days a block has at most.
const largest = 64

func (b block) over() query.Range { return query.Range{From: b.edges[0], To: b.edges[len(b.edges)-1]} }

// blocksOf divides days, whose edges these are, in a zone.
func blocksOf(edges []time.Time, zone string) []block {
	first := edges[0].In(query.Location(zone))
	number := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
	var out []block
	for len(edges) > 1 {
		size := 1
		for size < largest && number%int64(2*size) == 0 && 2*size < len(edges) {
			size *= 2
		}
		out = append(out, block{first: number, edges: edges[:size+1]})
		number, edges = number+int64(size), edges[size:]
	}
	return out
}

// runs puts neighboring blocks together.
func runs(blocks []block) [][]block {
	var out [][]block
	for i, b := range blocks {
		if i == 0 || !blocks[i-1].over().To.Equal(b.edges[0]) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], b)
	}
	return out
}
