package report

import (
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/format"
)

// chart is what drawing one widget needs.
type chart struct {
	*locale
	d     *format.Data
	id    string
	width float64
}

func (c *chart) field(i int) *format.Field { return &c.d.Schema.Fields[i] }

// columns returns the positions of the columns of a role, those that have values.
func (c *chart) columns(role string) (at []int) {
	for i := range c.d.Schema.Fields {
		if c.field(i).Role == role && i < len(c.d.Data.Values) {
			at = append(at, i)
		}
	}
	return at
}

// named returns the column of a name, or -1.
func (c *chart) named(name string) int {
	for i := range c.d.Schema.Fields {
		if c.field(i).Name == name && i < len(c.d.Data.Values) {
			return i
		}
	}
	return -1
}

func (c *chart) rows() int { return count(c.d) }

// count returns how many rows all columns have.
func count(d *format.Data) int {
	n := 0
	for i, v := range d.Data.Values {
		if i == 0 || len(v) < n {
			n = len(v)
		}
	}
	return n
}

func (c *chart) cell(column, row int) any { return c.d.Data.Values[column][row] }

func (c *chart) show(column, row int) string { return c.value(c.cell(column, row), c.field(column)) }

func (c *chart) name(column int) string {
	f := c.field(column)
	if n := clean(f.Config.DisplayName); n != "" {
		return strings.ReplaceAll(n, " %", "\u00a0%") // a number and its sign stay on one line
	}
	return clean(f.Name)
}

// other says whether a row stands for all groups that are not shown.
func (c *chart) other(row int) bool {
	for _, i := range c.columns("other") {
		if v, _ := c.cell(i, row).(bool); v {
			return true
		}
	}
	return false
}

// group is a row's name by its dimensions.
func (c *chart) group(row int) string {
	if c.other(row) {
		return c.Others
	}
	var parts []string
	for _, i := range c.columns("dimension") {
		parts = append(parts, c.show(i, row))
	}
	return strings.Join(parts, " · ")
}

// draw starts a drawing of a height.
func (c *chart) draw(height float64, desc string) *drawing {
	return &drawing{W: c.width, H: height, ID: c.id, Dir: c.Dir, Title: clean(c.d.Title), Desc: desc}
}

// done turns the drawing where the language needs it.
func (c *chart) done(d *drawing) *drawing {
	if c.Dir == "rtl" {
		d.mirror()
	}
	return d
}

// change is how a number moved: what to write, and how it is judged.
type change struct{ Text, Arrow, Class string }

// changed reads the change beside a measure's column; false where the widget does not compare.
func (c *chart) changed(measure, row int) (change, bool) {
	ratio := c.named(c.field(measure).Name + "_change_ratio")
	if ratio < 0 {
		return change{}, false
	}
	v, ok := float(c.cell(ratio, row))
	if !ok {
		return change{Text: c.NoComparison, Class: "neutral"}, true
	}
	f := c.field(ratio)
	if v == 0 {
		return change{Text: c.Unchanged, Class: "neutral"}, true
	}
	out := change{Text: c.change(v), Arrow: "▲", Class: "good"}
	if v < 0 {
		out.Arrow = "▼"
	}
	if v < 0 != f.Config.DownIsGood {
		out.Class = "bad"
	}
	if r := f.Config.NeutralRange; r != nil && v >= r[0] && v <= r[1] {
		out.Class = "neutral"
	}
	return out, true
}
