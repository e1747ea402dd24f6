package draw

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// heatmap is a grid of shades, the longer of its dimensions across. What they stand for is said below it.
func (c *canvas) heatmap() {
	x := c.column("dimension", 0)
	y := c.column("dimension", x+1)
	if x >= 0 && y >= 0 && c.distinct(y) > c.distinct(x) {
		x, y = y, x
	}
	m := c.column("measure", 0)
	if x < 0 || y < 0 || m < 0 {
		return
	}
	var xs, ys []string
	grid := map[[2]string]float64{}
	var values []float64
	for row := range c.rows() {
		kx, ky := c.d.Schema.Fields[x].show(c.d.Data.Values[x][row]), c.d.Schema.Fields[y].show(c.d.Data.Values[y][row])
		xs, ys = addOnce(xs, kx), addOnce(ys, ky)
		if v, ok := c.float(m, row); ok {
			grid[[2]string{kx, ky}] = v
			values = append(values, v)
		}
	}
	sort.Slice(ys, func(i, j int) bool { return less(ys[i], ys[j]) })
	sort.Slice(xs, func(i, j int) bool { return less(xs[i], xs[j]) })
	steps := newSteps(values)
	for _, ky := range ys {
		var b strings.Builder
		for _, kx := range xs {
			shade := blank
			if v, ok := grid[[2]string{kx, ky}]; ok {
				shade = steps.shade(v)
			}
			b.WriteString(strings.Repeat(shade, 2))
		}
		c.line("  %s %s", fit(dayName(&c.d.Schema.Fields[y], ky), 10, true), c.paint(blue, b.String()))
	}
	if len(xs) > 0 {
		c.line("  %s %s", strings.Repeat(" ", 10), c.paint(dim, fmt.Sprintf("%s %s … %s", clean(c.d.Schema.Fields[x].name()), dayName(&c.d.Schema.Fields[x], xs[0]), dayName(&c.d.Schema.Fields[x], xs[len(xs)-1]))))
		f := &c.d.Schema.Fields[m]
		c.line("  %s %s", strings.Repeat(" ", 10), c.paint(dim, clean(f.name())+": "+steps.legend(func(v float64) string { return number(v, f.Config.Unit, f.Config.Decimals) })))
	}
}

// distinct counts a column's different values.
func (c *canvas) distinct(column int) int {
	seen := map[any]bool{}
	for _, v := range c.d.Data.Values[column] {
		seen[v] = true
	}
	return len(seen)
}

// less orders numbers as numbers.
func less(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return x < y
	}
	return a < b
}

func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func dayName(f *field, key string) string {
	if f.Name == "weekday" && len(key) == 1 && key >= "0" && key <= "6" {
		return []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}[key[0]-'0']
	}
	return key
}
