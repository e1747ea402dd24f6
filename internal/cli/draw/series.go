package draw

import (
	"fmt"
	"math"
	"strings"
	"time"
)

var sparks = []rune("▁▂▃▄▅▆▇█") //nolint:gochecknoglobals // a constant

// series is a sparkline a measure, with its ends below.
func (c *canvas) series() {
	at := c.column("time", 0)
	if at < 0 || c.rows() == 0 {
		return
	}
	width := c.o.Width - 34
	for i := range c.d.Schema.Fields {
		f := &c.d.Schema.Fields[i]
		if f.Role != "measure" {
			continue
		}
		line, top := sparkline(c.d.Data.Values[i], width)
		c.line("  %s %s %s", fit(clean(f.name()), 20, false), c.paint(blue, line), c.paint(dim, "max "+f.show(top)))
	}
	first, last := c.date(at, 0), c.date(at, c.rows()-1)
	shown := min(width, c.rows())
	c.line("  %s %s%s", strings.Repeat(" ", 20), c.paint(dim, fit(first, max(shown-cells(last), cells(first)+1), false)), c.paint(dim, last+" by "+c.d.Grain))
}

func (c *canvas) date(column, row int) string {
	v, _ := c.float(column, row)
	t := time.UnixMilli(int64(v)).UTC()
	if c.d.Grain == "hour" || c.d.Grain == "minute" {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format(time.DateOnly)
}

// sparkline draws values, several a cell where there are too many.
func sparkline(values []any, width int) (line string, top any) {
	per := (len(values) + width - 1) / width
	var points []float64
	low, high := math.Inf(1), math.Inf(-1)
	for i := 0; i < len(values); i += per {
		best := math.NaN()
		for _, v := range values[i:min(i+per, len(values))] {
			if f, ok := v.(float64); ok && (math.IsNaN(best) || f > best) {
				best = f
			}
		}
		points = append(points, best)
		if !math.IsNaN(best) {
			low, high = math.Min(low, best), math.Max(high, best)
		}
	}
	if math.IsInf(high, -1) {
		return strings.Repeat("·", len(points)), nil
	}
	if low > 0 {
		low = 0
	}
	var b strings.Builder
	for _, p := range points {
		if math.IsNaN(p) {
			b.WriteRune('·')
			continue
		}
		i := 0
		if high > low {
			i = int(math.Round((p - low) / (high - low) * float64(len(sparks)-1)))
		}
		b.WriteRune(sparks[i])
	}
	return b.String(), high
}

// halves says where half of a measure has come, in the unit of the first column.
func (c *canvas) halves() {
	for _, h := range c.d.Halves {
		name := h.Measure
		for i := range c.d.Schema.Fields {
			if c.d.Schema.Fields[i].Name == h.Measure {
				name = c.d.Schema.Fields[i].name()
			}
		}
		c.line("  %s", c.paint(dim, fmt.Sprintf("half of %s by %s", clean(name), c.d.Schema.Fields[0].show(h.At))))
	}
}
