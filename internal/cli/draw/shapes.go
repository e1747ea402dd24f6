package draw

import (
	"math"
	"strings"
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
