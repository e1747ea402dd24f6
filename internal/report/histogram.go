package report

import "math"

const histogramHeight = 200.0

// histogram is a column a bin, by the first measure. The bins at the ends may be open: they hold whatever lies outside.
func (c *chart) histogram() *drawing {
	measures, edges := c.columns("measure"), c.columns("edge")
	if len(measures) == 0 || len(edges) != 2 || c.rows() == 0 {
		return nil
	}
	m, rows := measures[0], c.rows()
	config, unit := &c.field(m).Config, c.field(m).Config.Unit
	low, high, known := extent(c.d.Data.Values[m])
	if !known {
		low, high = 0, 1
	}
	d := c.draw(histogramHeight, c.name(edges[0])+". "+c.name(m))
	y := newScale(low, high, histogramHeight-40, 10, unit)
	left := c.axis(d, y, func(v float64) string { return c.brief(v, config) })
	step := (c.width - left - 16) / float64(rows)
	at := func(row int) float64 { return left + 8 + step*float64(row) }
	every := c.every(edges[0], step)
	closed := 0
	for row := range rows {
		class := "bar c0"
		_, closedFrom := float(c.cell(edges[0], row))
		_, closedTo := float(c.cell(edges[1], row))
		if !closedFrom || !closedTo {
			class = "bar rest"
		}
		if v, ok := float(c.cell(m, row)); ok {
			top, foot := min(y.at(v), y.at(0)), max(y.at(v), y.at(0))
			d.rect(at(row)+step*0.06, top, step*0.88, foot-top, class, c.bin(edges, row)+": "+c.brief(v, config))
		}
		// The edge between this bin and the one before.
		from, ok := float(c.cell(edges[0], row))
		if !ok {
			continue
		}
		text := c.brief(from, &c.field(edges[0]).Config)
		if closed++; (closed-1)%every == 0 && at(row)+pixels(text)/2 < c.width {
			d.line(at(row), histogramHeight-40, at(row), histogramHeight-36, "zero")
			d.text(at(row), histogramHeight-23, "middle", "tick", text)
		}
	}
	d.text(left+8+step*float64(rows)/2, histogramHeight-6, "middle", "tick", isolate(fit(c.name(edges[0]), c.width-left-20)))
	return c.done(d)
}

// every is how many bins there are from one written edge to the next, so that none touches another.
func (c *chart) every(edge int, step float64) int {
	widest := 0.0
	for row := range c.rows() {
		if v, ok := float(c.cell(edge, row)); ok {
			widest = max(widest, pixels(c.brief(v, &c.field(edge).Config)))
		}
	}
	return max(1, int(math.Ceil((widest+8)/step)))
}

// bin names a bin by its edges.
func (c *chart) bin(edges []int, row int) string {
	from, okFrom := float(c.cell(edges[0], row))
	to, okTo := float(c.cell(edges[1], row))
	config := &c.field(edges[0]).Config
	switch {
	case okFrom && okTo:
		return c.brief(from, config) + " – " + c.brief(to, config)
	case okTo:
		return "< " + c.brief(to, config)
	case okFrom:
		return "≥ " + c.brief(from, config)
	}
	return "–"
}
