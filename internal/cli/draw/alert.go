package draw

// verdict is what an alert says of itself; its evidence is drawn as a table.
type verdict struct {
	Fired  bool   `json:"fired"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Rule   struct {
		Text string `json:"text"`
	} `json:"rule"`
}

// alert draws whether an alert fires, why, and by which rule.
func (c *canvas) alert(v *verdict) {
	mark := c.paint(dim, "○ "+clean(v.State))
	if v.Fired {
		mark = c.paint(red, "● "+clean(v.State))
	}
	c.line("  %s  %s", mark, clean(v.Reason))
	c.line("  %s", c.paint(dim, clean(v.Rule.Text)))
}
