package rollup

import (
	"math"
	"math/big"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// column holds the merged values of one part, by group. add and merge skip what is null; a group without values stays null.
type column interface {
	// grow makes room for so many groups.
	grow(groups int)
	// add takes the rows of an answer, each into its group.
	add(values frame.Column, group []int32)
	// merge takes one group into another.
	merge(from, into int32)
	// value is a group's: int64, *big.Int, float64, string, bool, time.Time or nil.
	value(group int32) any
}

func newColumn(m *query.Measure) column {
	switch {
	case m.Agg == query.Count, m.Agg == query.NonFinite, m.Agg == query.Sum && m.Field.Type == query.Int:
		return &wholes{}
	case m.Agg == query.Sum:
		return &floats{}
	}
	return &extremes{most: m.Agg == query.Max}
}

// wholes adds whole numbers up; what 64 bits do not hold goes on in big.
type wholes struct {
	sums []int64
	seen []bool
	big  map[int32]*big.Int
}

func (c *wholes) grow(groups int) {
	c.sums = append(c.sums, make([]int64, groups-len(c.sums))...)
	c.seen = append(c.seen, make([]bool, groups-len(c.seen))...)
}

func (c *wholes) add(values frame.Column, group []int32) {
	a, ok := values.Array().(*array.Int64)
	if !ok {
		return
	}
	for i, n := range a.Int64Values() {
		if a.IsValid(i) {
			c.plus(group[i], n)
		}
	}
}

func (c *wholes) plus(g int32, n int64) {
	c.seen[g] = true
	sum := c.sums[g] + n
	if (sum > c.sums[g]) == (n > 0) {
		c.sums[g] = sum
		return
	}
	// Beyond 64 bits, for now: what is carried so far goes into a number of any size, and the small one starts anew.
	if c.big == nil {
		c.big = make(map[int32]*big.Int)
	}
	if c.big[g] == nil {
		c.big[g] = new(big.Int)
	}
	c.big[g].Add(c.big[g], big.NewInt(c.sums[g]))
	c.sums[g] = n
}

func (c *wholes) merge(from, into int32) {
	if b := c.big[from]; b != nil {
		if c.big[into] == nil {
			c.big[into] = new(big.Int)
		}
		c.big[into].Add(c.big[into], b)
	}
	if c.seen[from] {
		c.plus(into, c.sums[from])
	}
}

func (c *wholes) value(g int32) any {
	switch b := c.big[g]; {
	case !c.seen[g]:
		return nil
	case b != nil:
		return new(big.Int).Add(b, big.NewInt(c.sums[g]))
	}
	return c.sums[g]
}

// floats adds floating-point numbers up.
type floats struct {
	sums []float64
	seen []bool
}

func (c *floats) grow(groups int) {
	c.sums = append(c.sums, make([]float64, groups-len(c.sums))...)
	c.seen = append(c.seen, make([]bool, groups-len(c.seen))...)
}

func (c *floats) add(values frame.Column, group []int32) {
	a, ok := values.Array().(*array.Float64)
	if !ok {
		return
	}
	for i, g := range group {
		if a.IsValid(i) {
			c.sums[g] += a.Value(i)
			c.seen[g] = true
		}
	}
}

func (c *floats) merge(from, into int32) {
	c.sums[into] += c.sums[from]
	c.seen[into] = c.seen[into] || c.seen[from]
}

func (c *floats) value(g int32) any {
	if !c.seen[g] || math.IsInf(c.sums[g], 0) || math.IsNaN(c.sums[g]) {
		return nil
	}
	return c.sums[g]
}

// extremes keeps the least or the greatest value.
type extremes struct {
	most bool
	best []any
}

func (c *extremes) grow(groups int) { c.best = append(c.best, make([]any, groups-len(c.best))...) }

func (c *extremes) add(values frame.Column, group []int32) {
	for i, g := range group {
		c.offer(g, values.Value(i))
	}
}

func (c *extremes) offer(g int32, v any) {
	if v == nil {
		return
	}
	if best := c.best[g]; best == nil || (compare(v, best) > 0) == c.most && compare(v, best) != 0 {
		c.best[g] = v
	}
}

func (c *extremes) merge(from, into int32) { c.offer(into, c.best[from]) }

func (c *extremes) value(g int32) any {
	if t, ok := c.best[g].(time.Time); ok {
		return t.UTC()
	}
	return c.best[g]
}
