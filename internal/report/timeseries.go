package report

import (
	"slices"
	"strings"
)

const (
	seriesHeight = 220.0
	palette      = 10 // the classes c0 … c9 of the style
)

// timeseries is a chart for each unit among the measures: numbers of different units share no axis.
func (c *chart) timeseries() (out []*drawing) {
	times := c.columns("time")
	if len(times) == 0 || c.rows() == 0 {
		return nil
	}
	var units []string
	for _, m := range c.columns("measure") {
		if u := c.field(m).Config.Unit; !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	for i, u := range units {
		d := c.lines(times[0], u, len(units) > 1)
		if i > 0 {
			d.ID += "-" + itoa(i)
		}
		out = append(out, d)
	}
	return out
}

// lines draws the measures of one unit, and what they were before, dashed. named has even a single one named.
func (c *chart) lines(times int, unit string, named bool) *drawing {
	var measures, previous []int
	for i := range c.d.Schema.Fields {
		f := c.field(i)
		if i >= len(c.d.Data.Values) || f.Config.Unit != unit {
			continue
		}
		switch f.Role {
		case "measure":
			measures = append(measures, i)
		case "previous":
			previous = append(previous, i)
		}
	}
	var columns [][]any
	for _, i := range slices.Concat(measures, previous) {
		columns = append(columns, c.d.Data.Values[i])
	}
	low, high, known := extent(columns...)
	if !known {
		low, high = 0, 1
	}
	d := c.draw(seriesHeight, c.describe(measures, low, high, known))
	config := &c.field(measures[0]).Config
	y := newScale(low, high, seriesHeight-26, 10, unit)
	left := c.axis(d, y, func(v float64) string { return c.brief(v, config) })
	rows := c.rows()
	x := func(row int) float64 { return left + 8 + (c.width-left-20)*(float64(row)+0.5)/float64(rows) }
	half := (c.width - left - 20) / float64(rows) / 2
	open := c.open()
	for row := range open {
		d.rect(x(row)-half, 10, 2*half, seriesHeight-36, "open", c.Incomplete)
	}
	c.timeLabels(d, times, x)
	for k, m := range previous {
		c.series(d, m, x, y, "line previous c"+itoa(k%palette), nil)
	}
	for k, m := range measures {
		c.series(d, m, x, y, "line c"+itoa(k%palette), open)
		if named || len(measures) > 1 || len(previous) > 0 {
			d.Legend = append(d.Legend, legend{"c" + itoa(k%palette), c.name(m)})
		}
	}
	if len(previous) > 0 {
		name := c.Previous
		if r := c.d.Comparison; r != nil {
			name += ": " + c.period(r)
		}
		d.Legend = append(d.Legend, legend{"previous", name})
	}
	if len(open) > 0 {
		d.Legend = append(d.Legend, legend{"open", c.Incomplete})
	}
	return c.done(d)
}

// open are the rows of buckets that are not over yet.
func (c *chart) open() map[int]bool {
	out := map[int]bool{}
	if c.d.Marks != nil {
		for _, row := range c.d.Marks.Incomplete {
			if row >= 0 && row < c.rows() {
				out[row] = true
			}
		}
	}
	return out
}

// axis draws the lines and numbers of the values' axis and returns where the drawing's inside begins.
func (c *chart) axis(d *drawing, y scale, write func(float64) string) (left float64) {
	texts := make([]string, len(y.ticks))
	for i, t := range y.ticks {
		texts[i] = write(t)
		left = max(left, pixels(texts[i]))
	}
	left += 6
	for i, t := range y.ticks {
		class := "grid"
		if t == 0 {
			class = "zero"
		}
		d.line(left+4, y.at(t), c.width-4, y.at(t), class)
		d.text(left, y.at(t)+4, "end", "tick", texts[i])
	}
	return left
}

// timeLabels names some buckets, as many as do not touch.
func (c *chart) timeLabels(d *drawing, times int, x func(int) float64) {
	rows := c.rows()
	const room = 84
	every := 1
	for _, every = range []int{1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 48, 56, 84, 168, 336, 672, 1344, 2688, 5376, 10752} {
		if rows == 1 || (x(1)-x(0))*float64(every) >= room {
			break
		}
	}
	last := 0.0
	for row := 0; row < rows; row += every {
		ms, ok := float(c.cell(times, row))
		if !ok {
			continue
		}
		d.line(x(row), seriesHeight-26, x(row), seriesHeight-22, "zero")
		text := c.bucket(ms, c.d.Grain, last)
		anchor, at := "middle", x(row)
		if half := pixels(text) / 2; at+half > c.width {
			anchor, at = "end", c.width-1
		}
		d.text(at, seriesHeight-8, anchor, "tick", text)
		last = ms
	}
}

// series draws a column as lines between the values that there are. The way into a bucket that is not over yet is
// dashed, and its end a ring.
func (c *chart) series(d *drawing, column int, x func(int) float64, y scale, class string, open map[int]bool) {
	var points [][2]float64
	end := func() {
		if len(points) == 1 {
			d.dot(points[0][0], points[0][1], 2.5, "dot "+class, "")
		} else if len(points) > 1 {
			d.path(points, class)
		}
		points = points[:0]
	}
	for row := range c.rows() {
		v, ok := float(c.cell(column, row))
		if !ok {
			end()
			continue
		}
		at := [2]float64{x(row), y.at(v)}
		if open[row] {
			if len(points) > 0 {
				before := points[len(points)-1]
				end()
				d.path([][2]float64{before, at}, class+" unfinished")
			}
			d.dot(at[0], at[1], 3, "ring "+class, c.show(column, row))
			points = points[:0]
			continue
		}
		points = append(points, at)
	}
	end()
}

// describe says in words what the chart shows.
func (c *chart) describe(measures []int, low, high float64, known bool) string {
	names := make([]string, len(measures))
	for i, m := range measures {
		names[i] = c.name(m)
	}
	text := strings.Join(names, ", ")
	if c.d.Range != nil {
		text += ". " + c.period(c.d.Range)
	}
	if known {
		f := c.field(measures[0])
		text += ". " + c.brief(low, &f.Config) + " – " + c.brief(high, &f.Config)
	}
	return text
}
