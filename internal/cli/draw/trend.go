package draw

import "strings"

// trend is a line a term: its score, its count, its windows as a sparkline, and the sample as far as there is room.
func (c *canvas) trend() {
	m := c.column("measure", 0)
	if m < 0 {
		return
	}
	var windows []int
	sample := -1
	for i := range c.d.Schema.Fields {
		switch f := &c.d.Schema.Fields[i]; {
		case f.Role == "window":
			windows = append(windows, i)
		case f.Name == "sample":
			sample = i
		}
	}
	width := max(8, min(len(windows), c.o.Width-80))
	var head strings.Builder
	head.WriteString(strings.Repeat(" ", 27))
	for i := m; i < min(m+2, len(c.d.Schema.Fields)); i++ {
		head.WriteString(fit(c.d.Schema.Fields[i].name(), 9, true) + " ")
	}
	c.line("%s", c.paint(dim, strings.TrimRight(head.String(), " ")))
	for row := range min(c.rows(), 40) {
		values := make([]any, len(windows))
		for k, i := range windows {
			values[k] = c.d.Data.Values[i][row]
		}
		spark, _ := sparkline(values, width)
		var line strings.Builder
		line.WriteString("  " + fit(c.name(row), 24, false) + " ")
		for i := m; i < min(m+2, len(c.d.Schema.Fields)); i++ {
			line.WriteString(fit(c.d.Schema.Fields[i].show(c.d.Data.Values[i][row]), 9, true) + " ")
		}
		line.WriteString(c.paint(blue, fit(spark, width, false)))
		if left := c.o.Width - width - 50; sample >= 0 && left > 10 && c.d.Data.Values[sample][row] != nil {
			line.WriteString("  " + c.paint(dim, fit(c.d.Schema.Fields[sample].show(c.d.Data.Values[sample][row]), left, false)))
		}
		c.line("%s", strings.TrimRight(line.String(), " "))
	}
}
