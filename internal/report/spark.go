package report

import (
	"math"
	"strings"
)

// spark writes a row's windows as a line of blocks, the highest of them full. It is read in the direction of its text, as charts are.
func (c *chart) spark(row int) string {
	blocks := []rune("▁▂▃▄▅▆▇█")
	windows := c.columns("window")
	high := 0.0
	for _, i := range windows {
		if v, ok := float(c.cell(i, row)); ok {
			high = math.Max(high, v)
		}
	}
	var b strings.Builder
	for _, i := range windows {
		v, _ := float(c.cell(i, row))
		at := 0
		if high > 0 && v > 0 {
			at = int(math.Round(v / high * float64(len(blocks)-1)))
		}
		b.WriteRune(blocks[at])
	}
	return b.String()
}
