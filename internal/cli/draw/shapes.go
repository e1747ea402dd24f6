package draw

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// column returns the first field of a role from a position on, or -1.
func (c *canvas) column(role string, from int) int {
	for i := from; i < len(c.d.Schema.Fields); i++ {
		if c.d.Schema.Fields[i].Role == role {
			return i
		}
	}
	return -1
}

func (c *canvas) rows() int {
	if len(c.d.Data.Values) == 0 {
		return 0
	}
	return len(c.d.Data.Values[0])
}

func (c *canvas) float(column, row int) (float64, bool) {
	f, ok := c.d.Data.Values[column][row].(float64)
	return f, ok
}

// change writes ▲ 12 %, green where it is good.
func (c *canvas) change(column, row int) string {
	f := &c.d.Schema.Fields[column]
	v, ok := c.float(column, row)
	if !ok {
		return c.paint(dim, "no comparison")
	}
	arrow, good := "▲", !f.Config.DownIsGood
	if v < 0 {
		arrow, good = "▼", f.Config.DownIsGood
	}
	text := arrow + " " + english().Percent(math.Abs(v))
	switch {
	case v == 0:
		return c.paint(dim, "= 0%")
	case f.Config.Neutral != nil && v >= f.Config.Neutral[0] && v <= f.Config.Neutral[1]:
		return c.paint(dim, text)
	case good:
		return c.paint(green, text)
	}
	return c.paint(red, text)
}

// stat is a line a number.
func (c *canvas) stat() {
	for i := range c.d.Schema.Fields {
		f := &c.d.Schema.Fields[i]
		if f.Role != "measure" || c.rows() == 0 {
			continue
		}
		line := "  " + c.paint(bold, fit(f.show(c.d.Data.Values[i][0]), 14, true)) + "  " + fit(clean(f.name()), 28, false)
		if i+3 < len(c.d.Schema.Fields) && c.d.Schema.Fields[i+3].Role == "ratio" {
			line += "  " + c.change(i+3, 0) + c.paint(dim, "  before "+f.show(c.d.Data.Values[i+1][0]))
		}
		c.line("%s", line)
	}
}

var sparks = []rune("▁▂▃▄▅▆▇█") //nolint:gochecknoglobals // a constant

// series is a sparkline a measure, with its ends below.
func (c *canvas) series() {
	at := c.column("time", 0)
	if at < 0 || c.rows() == 0 {
		return
	}
	width := c.o.Width - 34
	for i := range c.d.Schema.Fields {
		f := &c.d.Schema.Fields[i]
		if f.Role != "measure" {
			continue
		}
		line, top := sparkline(c.d.Data.Values[i], width)
		c.line("  %s %s %s", fit(clean(f.name()), 20, false), c.paint(blue, line), c.paint(dim, "max "+f.show(top)))
	}
	first, last := c.date(at, 0), c.date(at, c.rows()-1)
	shown := min(width, c.rows())
	c.line("  %s %s%s", strings.Repeat(" ", 20), c.paint(dim, fit(first, max(shown-cells(last), cells(first)+1), false)), c.paint(dim, last+" by "+c.d.Grain))
}

func (c *canvas) date(column, row int) string {
	v, _ := c.float(column, row)
	t := time.UnixMilli(int64(v)).UTC()
	if c.d.Grain == "hour" || c.d.Grain == "minute" {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format(time.DateOnly)
}

// sparkline draws values, several a cell where there are too many.
func sparkline(values []any, width int) (line string, top any) {
	per := (len(values) + width - 1) / width
	var points []float64
	low, high := math.Inf(1), math.Inf(-1)
	for i := 0; i < len(values); i += per {
		best := math.NaN()
		for _, v := range values[i:min(i+per, len(values))] {
			if f, ok := v.(float64); ok && (math.IsNaN(best) || f > best) {
				best = f
			}
		}
		points = append(points, best)
		if !math.IsNaN(best) {
			low, high = math.Min(low, best), math.Max(high, best)
		}
	}
	if math.IsInf(high, -1) {
		return strings.Repeat("·", len(points)), nil
	}
	if low > 0 {
		low = 0
	}
	var b strings.Builder
	for _, p := range points {
		if math.IsNaN(p) {
			b.WriteRune('·')
			continue
		}
		i := 0
		if high > low {
			i = int(math.Round((p - low) / (high - low) * float64(len(sparks)-1)))
		}
		b.WriteRune(sparks[i])
	}
	return b.String(), high
}

// bars is a line a group, its first measure as a bar.
func (c *canvas) bars() {
	m := c.column("measure", 0)
	if m < 0 {
		return
	}
	f := &c.d.Schema.Fields[m]
	ratio := c.column("ratio", m)
	high := 0.0
	for row := range c.rows() {
		if v, ok := c.float(m, row); ok && !c.other(row) {
			high = math.Max(high, math.Abs(v))
		}
	}
	width := max(10, c.o.Width-60)
	for row := range min(c.rows(), 40) {
		v, _ := c.float(m, row)
		n := 0
		if high > 0 {
			n = min(width, int(math.Round(math.Abs(v)/high*float64(width))))
		}
		bar := strings.Repeat("█", n)
		if c.other(row) {
			bar = strings.Repeat("░", n) // all the rest: not to scale
		}
		line := "  " + fit(c.name(row), 24, false) + " " + c.paint(blue, fit(bar, width, false)) + " " +
			fit(f.show(c.d.Data.Values[m][row]), 10, true)
		if ratio >= 0 && c.d.Data.Values[ratio][row] != nil {
			line += "  " + c.change(ratio, row)
		}
		c.line("%s", strings.TrimRight(line, " "))
	}
}

// halves says where half of a measure has come, in the unit of the first column.
func (c *canvas) halves() {
	for _, h := range c.d.Halves {
		name := h.Measure
		for i := range c.d.Schema.Fields {
			if c.d.Schema.Fields[i].Name == h.Measure {
				name = c.d.Schema.Fields[i].name()
			}
		}
		c.line("  %s", c.paint(dim, fmt.Sprintf("half of %s by %s", clean(name), c.d.Schema.Fields[0].show(h.At))))
	}
}

// other says whether a row stands for all groups that are not shown.
func (c *canvas) other(row int) bool {
	o := c.column("other", 0)
	return o >= 0 && c.d.Data.Values[o][row] == true
}

// name is a row's group, or the edges of its bin.
func (c *canvas) name(row int) string {
	if c.other(row) {
		return "all others"
	}
	var parts []string
	for i := range c.d.Schema.Fields {
		f := &c.d.Schema.Fields[i]
		switch f.Role {
		case "dimension":
			parts = append(parts, f.show(c.d.Data.Values[i][row]))
		case "edge":
			v, ok := c.float(i, row)
			text := "…"
			if ok {
				text = number(v, f.Config.Unit, f.Config.Decimals)
			}
			parts = append(parts, text)
		}
	}
	if c.d.Kind == "histogram" {
		return strings.Join(parts, " – ")
	}
	return strings.Join(parts, " · ")
}

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

// table is aligned columns, as many rows as fit a look.
func (c *canvas) table() {
	const most = 8
	shown := min(c.rows(), most)
	fields := c.d.Schema.Fields
	widths := make([]int, len(fields))
	for i := range fields {
		widths[i] = cells(clean(fields[i].name()))
		for row := range shown {
			widths[i] = max(widths[i], cells(fields[i].show(c.d.Data.Values[i][row])))
		}
		widths[i] = min(widths[i], 44)
	}
	line := func(value func(i int) string) string {
		var b strings.Builder
		left := c.o.Width - 2
		for i := range fields {
			if left < 6 {
				break
			}
			if fields[i].Role == "operand" {
				continue // what a rate is made of
			}
			w := min(widths[i], left)
			b.WriteString(fit(value(i), w, fields[i].Type == "number") + "  ")
			left -= w + 2
		}
		return "  " + strings.TrimRight(b.String(), " ")
	}
	c.line("%s", c.paint(dim, line(func(i int) string { return clean(fields[i].name()) })))
	for row := range shown {
		c.line("%s", line(func(i int) string { return fields[i].show(c.d.Data.Values[i][row]) }))
	}
	if c.d.Paging != nil && c.d.Paging.Total != nil {
		c.line("  %s", c.paint(dim, fmt.Sprintf("%d of %d rows", shown, *c.d.Paging.Total)))
	} else if c.rows() > shown {
		c.line("  %s", c.paint(dim, fmt.Sprintf("%d of %d rows on this page", shown, c.rows())))
	}
}
