package report

import "math"

const (
	barRow    = 24.0
	barHeight = 14.0
	mostBars  = 40
)

// breakdown is a bar a group, by the first measure; the others are gray, and not what the scale is made for.
func (c *chart) breakdown() *drawing {
	measures := c.columns("measure")
	if len(measures) == 0 || c.rows() == 0 {
		return nil
	}
	m := measures[0]
	rows := min(c.rows(), mostBars)
	config := &c.field(m).Config
	low, high := 0.0, 0.0
	names, texts := 0.0, 0.0
	type bar struct {
		name, text string
		change     change
		compared   bool
	}
	bars := make([]bar, rows)
	anyChange := false
	for row := range rows {
		b := bar{name: c.group(row), text: "–"}
		if v, ok := float(c.cell(m, row)); ok {
			b.text = c.brief(v, config)
			if !c.other(row) {
				low, high = math.Min(low, v), math.Max(high, v)
			}
		}
		if !c.other(row) {
			b.change, b.compared = c.changed(m, row)
			b.compared = b.compared && b.change.Arrow != ""
			anyChange = anyChange || b.compared
		}
		names, texts = math.Max(names, pixels(b.name)), math.Max(texts, pixels(b.text))
		bars[row] = b
	}
	changes := 0.0
	if anyChange {
		changes = 66
	}
	names = math.Min(names+8, c.width*0.42)
	right := c.width - texts - changes - 12
	if low < 0 {
		names += texts
	}
	if low == high {
		high = 1
	}
	at := func(v float64) float64 { return names + (v-low)/(high-low)*(right-names) }
	d := c.draw(float64(rows)*barRow+6, c.name(m))
	for row, b := range bars {
		y := float64(row)*barRow + 4
		v, ok := float(c.cell(m, row))
		label := fit(b.name, names-8)
		if low < 0 {
			label = fit(b.name, names-texts-8)
		}
		d.text(names-8, y+barHeight-2, "end", "label", isolate(label))
		if low < 0 {
			d.Shapes[len(d.Shapes)-1].X = names - texts - 8
		}
		class := "bar c0"
		if c.other(row) {
			class = "bar rest"
		}
		end := at(0)
		if ok && c.other(row) {
			// The others may be far more than any group: their bar then ends open, and does not press the groups' flat.
			if v < low || v > high {
				class = "bar beyond"
			}
			v = math.Min(math.Max(v, low), high)
		}
		if ok {
			d.rect(math.Min(at(0), at(v)), y, math.Abs(at(v)-at(0)), barHeight, class, b.name+": "+b.text)
			end = at(v)
		}
		if v < 0 {
			d.text(end-5, y+barHeight-2, "end", "amount", b.text)
		} else {
			d.text(end+5, y+barHeight-2, "start", "amount", b.text)
		}
		if b.compared {
			d.text(c.width-2, y+barHeight-2, "end", "amount "+b.change.Class, b.change.Arrow+" "+b.change.Text)
		}
	}
	d.line(at(0), 0, at(0), d.H-4, "zero")
	return c.done(d)
}
