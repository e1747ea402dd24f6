package draw

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// heatmap is a grid of shades, the longer of its dimensions across.
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
	high := 0.0
	for row := range c.rows() {
		kx, ky := c.d.Schema.Fields[x].show(c.d.Data.Values[x][row]), c.d.Schema.Fields[y].show(c.d.Data.Values[y][row])
		xs, ys = addOnce(xs, kx), addOnce(ys, ky)
		v, _ := c.float(m, row)
		grid[[2]string{kx, ky}] = v
		high = math.Max(high, v)
	}
	sort.Slice(ys, func(i, j int) bool { return less(ys[i], ys[j]) })
	sort.Slice(xs, func(i, j int) bool { return less(xs[i], xs[j]) })
	shades := []string{"·", "░", "▒", "▓", "█"}
	for _, ky := range ys {
		var b strings.Builder
		for _, kx := range xs {
			i := 0
			if v := grid[[2]string{kx, ky}]; high > 0 && v > 0 {
				i = 1 + int(v/high*3.999)
			}
			b.WriteString(strings.Repeat(shades[min(i, len(shades)-1)], 2))
		}
		c.line("  %s %s", fit(dayName(&c.d.Schema.Fields[y], ky), 10, true), c.paint(blue, b.String()))
	}
	if len(xs) > 0 {
		c.line("  %s %s", strings.Repeat(" ", 10), c.paint(dim, fmt.Sprintf("%s %s … %s", clean(c.d.Schema.Fields[x].name()), dayName(&c.d.Schema.Fields[x], xs[0]), dayName(&c.d.Schema.Fields[x], xs[len(xs)-1]))))
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
