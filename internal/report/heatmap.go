package report

import (
	"cmp"
	"math"
	"slices"
)

const (
	heatRow = 22.0
	// mostCells bounds the keys of either side.
	mostCells = 62
)

// heatmap is a grid of shades by the first measure, the longer of its dimensions across. Cells without a value are empty.
func (c *chart) heatmap() *drawing {
	dims, measures := c.columns("dimension"), c.columns("measure")
	if len(dims) != 2 || len(measures) == 0 || c.rows() == 0 {
		return nil
	}
	xs, ys := c.keys(dims[0]), c.keys(dims[1])
	x, y, m := dims[0], dims[1], measures[0]
	if len(ys) > len(xs) {
		x, y, xs, ys = y, x, ys, xs
	}
	_, high, _ := extent(c.d.Data.Values[m])
	left := 0.0
	for _, k := range ys {
		left = math.Max(left, pixels(k))
	}
	left = math.Min(left+8, c.width/3)
	step := (c.width - left - 4) / float64(len(xs))
	foot := heatRow * float64(len(ys))
	d := c.draw(foot+40, c.name(m)+": "+c.name(y)+" × "+c.name(x))
	for i, k := range ys {
		d.text(left-6, heatRow*float64(i)+heatRow/2+4, "end", "label", isolate(fit(k, left-8)))
	}
	written := -10.0
	for i, k := range xs {
		at := left + step*(float64(i)+0.5)
		if half := pixels(k) / 2; at-half > written+4 && at+half < c.width+2 {
			d.text(at, foot+15, "middle", "tick", isolate(k))
			written = at + half
		}
	}
	for row := range c.rows() {
		i, k := slices.Index(xs, c.show(x, row)), slices.Index(ys, c.show(y, row))
		v, ok := float(c.cell(m, row))
		if i < 0 || k < 0 {
			continue
		}
		class := "cell none"
		if ok {
			class = "cell heat"
		}
		d.rect(left+step*float64(i)+0.7, heatRow*float64(k)+0.7, step-1.4, heatRow-1.4, class, ys[k]+", "+xs[i]+": "+c.show(m, row))
		d.Shapes[len(d.Shapes)-1].Opacity = shade(v, high)
	}
	c.shades(d, foot+24, high)
	d.text(left, foot+34, "start", "tick", isolate(fit(c.name(x), c.width/2)))
	return c.done(d)
}

// shades draws the key to the shades: from nothing to the largest.
func (c *chart) shades(d *drawing, y, high float64) {
	config := &c.field(c.columns("measure")[0]).Config
	most := c.brief(high, config)
	x := c.width - 4 - pixels(most) - 6
	d.text(c.width-4, y+10, "end", "tick", most)
	for i := range 6 {
		d.rect(x-float64(6-i)*16, y, 15, 12, "cell heat", "")
		d.Shapes[len(d.Shapes)-1].Opacity = shade(float64(i), 5)
	}
	d.text(x-6*16-6, y+10, "end", "tick", c.brief(0, config))
}

// shade is a value's share of the largest, so that the smallest can still be told from nothing.
func shade(v, high float64) float64 {
	if v <= 0 || high <= 0 {
		return 0.06
	}
	return math.Round((0.14+0.86*math.Min(v/high, 1))*100) / 100
}

// keys returns a column's different values as they are written, numbers in their order.
func (c *chart) keys(column int) []string {
	type key struct {
		n    float64
		isN  bool
		text string
	}
	var keys []key
	for row := range c.rows() {
		n, ok := float(c.cell(column, row))
		k := key{n, ok, c.show(column, row)}
		if !slices.ContainsFunc(keys, func(o key) bool { return o.text == k.text }) && len(keys) < mostCells {
			keys = append(keys, k)
		}
	}
	slices.SortStableFunc(keys, func(a, b key) int {
		if a.isN && b.isN {
			return cmp.Compare(a.n, b.n)
		}
		return 0
	})
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.text
	}
	return out
}
