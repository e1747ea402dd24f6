package draw

import "strings"

// tree is a line a node, indented by its depth: its dimensions, the last of them as far as there is room.
func (c *canvas) tree() {
	const most = 40
	depth := -1
	for i := range c.d.Schema.Fields {
		if c.d.Schema.Fields[i].Name == "depth" {
			depth = i
		}
	}
	if depth < 0 {
		return
	}
	shown := min(c.rows(), most)
	for row := range shown {
		deep, _ := c.float(depth, row)
		indent := strings.Repeat("  ", int(deep))
		if deep > 0 {
			indent = indent[:len(indent)-2] + "└ "
		}
		c.line("%s", fit("  "+indent+c.name(row), c.o.Width-2, false))
	}
	if c.rows() > shown {
		c.line("  %s", c.paint(dim, "…"))
	}
}
