package rollup

import (
	"math"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// values holds how often each value of a column is there, by group: what percentiles and counts of different values are made of.
type values struct {
	of    query.Field
	part  string // the count of rows
	times []map[any]int64
}

func (c *values) grow(groups int) {
	for len(c.times) < groups {
		c.times = append(c.times, nil)
	}
}

// add takes the rows of an answer by value, each into its group.
func (c *values) add(value, count frame.Column, group []int32) {
	for i, g := range group {
		n, _ := count.Int(i)
		v := value.Value(i)
		if f, ok := v.(float64); ok {
			v = f + 0 // a zero has two signs
		}
		if v == nil || n == 0 {
			continue
		}
		if c.times[g] == nil {
			c.times[g] = make(map[any]int64)
		}
		c.times[g][v] += n
	}
}

func (c *values) merge(from, into int32) {
	for v, n := range c.times[from] {
		if c.times[into] == nil {
			c.times[into] = make(map[any]int64)
		}
		c.times[into][v] += n
	}
}

// different is how many values there are.
func (c *values) different(group int32) any { return int64(len(c.times[group])) }

// percentile interpolates between the closest ranks, by the formula of all stores: another one that is equal in theory differs in the last digit.
func (c *values) percentile(group int32, fraction float64) any {
	times := c.times[group]
	if len(times) == 0 {
		return nil
	}
	sorted := make([]any, 0, len(times))
	total := int64(0)
	for v, n := range times {
		sorted = append(sorted, v)
		total += n
	}
	slices.SortFunc(sorted, compare)
	at := fraction * float64(total-1)
	low, high := int64(math.Floor(at)), int64(math.Ceil(at))
	var x, y float64
	seen := int64(0)
	for _, v := range sorted {
		f, _ := number(v)
		from, to := seen, seen+times[v]
		if from <= low && low < to {
			x = f
		}
		if from <= high && high < to {
			y = f
			break
		}
		seen = to
	}
	part := at - float64(low)
	return float64(x*(1-part)) + float64(y*part) // conversions keep processors from doing both in one step, which rounds otherwise
}
