package report

// figure is one measure of a stat: its value, how it changed, and what it was.
type figure struct {
	Name, Value string
	Change      change
	Compared    bool
	Before      string
}

// stat is a number a measure, the first of them large.
func (c *chart) stat() (out []figure) {
	if c.rows() == 0 {
		return nil
	}
	for _, m := range c.columns("measure") {
		n := figure{Name: c.name(m), Value: c.show(m, 0)}
		if n.Name == clean(c.d.Title) {
			n.Name = "" // the title says it
		}
		n.Change, n.Compared = c.changed(m, 0)
		if before := c.named(c.field(m).Name + "_previous"); before >= 0 && c.cell(before, 0) != nil {
			n.Before = c.show(before, 0)
		}
		out = append(out, n)
	}
	return out
}
