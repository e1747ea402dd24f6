package draw

import (
	"fmt"
	"strings"
)

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
