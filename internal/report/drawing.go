package report

import (
	"math"
	"slices"
	"strings"
)

// drawing is one chart, in units of its view box. Charts are laid out from left to right; mirror turns one for readers of the other direction.
type drawing struct {
	W, H   float64
	Shapes []shape
	// Title and Desc are read out in place of the drawing.
	Title, Desc string
	ID          string
	Dir         string
	Legend      []legend
}

// legend is a line below a chart: a swatch and its name.
type legend struct{ Class, Name string }

// shape is one mark. Kind says which fields count.
type shape struct {
	Kind    string // rect, line, path, text, circle
	X, Y    float64
	W, H    float64 // rect
	X2, Y2  float64 // line
	R       float64 // circle
	Points  [][2]float64
	Class   string
	Text    string
	Anchor  string // start, middle, end: by the direction of reading
	Opacity float64
	Hover   string
}

func (d *drawing) rect(x, y, w, h float64, class, hover string) {
	d.Shapes = append(d.Shapes, shape{Kind: "rect", X: x, Y: y, W: math.Max(w, 0), H: math.Max(h, 0), Class: class, Hover: hover, Opacity: 1})
}

func (d *drawing) line(x, y, x2, y2 float64, class string) {
	d.Shapes = append(d.Shapes, shape{Kind: "line", X: x, Y: y, X2: x2, Y2: y2, Class: class})
}

func (d *drawing) text(x, y float64, anchor, class, s string) {
	d.Shapes = append(d.Shapes, shape{Kind: "text", X: x, Y: y, Anchor: anchor, Class: class, Text: s})
}

func (d *drawing) path(points [][2]float64, class string) {
	d.Shapes = append(d.Shapes, shape{Kind: "path", Points: slices.Clone(points), Class: class})
}

func (d *drawing) dot(x, y, r float64, class, hover string) {
	d.Shapes = append(d.Shapes, shape{Kind: "circle", X: x, Y: y, R: r, Class: class, Hover: hover})
}

// mirror turns the drawing for a language that reads from right to left. Anchors stay: in such a text, its start is on the right.
func (d *drawing) mirror() {
	for i := range d.Shapes {
		s := &d.Shapes[i]
		s.X, s.X2 = d.W-s.X, d.W-s.X2
		if s.Kind == "rect" {
			s.X -= s.W
		}
		for k := range s.Points {
			s.Points[k][0] = d.W - s.Points[k][0]
		}
	}
}

// D is a path's data.
func (s shape) D() string {
	var b strings.Builder
	for i, p := range s.Points {
		if i == 0 {
			b.WriteByte('M')
		} else {
			b.WriteByte('L')
		}
		b.WriteString(coordinate(p[0]) + " " + coordinate(p[1]))
	}
	return b.String()
}

// scale maps values to places between from and to.
type scale struct {
	low, high, from, to float64
	ticks               []float64
}

// newScale covers the values and zero, and ends at round numbers. Units of time have round numbers of their own.
func newScale(low, high, from, to float64, unit string) scale {
	low, high = math.Min(low, 0), math.Max(high, 0)
	if low == high {
		high = 1
	}
	step := stepOf(high-low, unit)
	s := scale{low: math.Floor(low/step+1e-9) * step, high: math.Ceil(high/step-1e-9) * step, from: from, to: to}
	for i := 0; ; i++ {
		t := s.low + float64(i)*step
		if t > s.high+step/2 || i > 12 {
			break
		}
		s.ticks = append(s.ticks, t)
	}
	return s
}

func (s scale) at(v float64) float64 { return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from) }

// stepOf returns a round step that gives about four of them.
func stepOf(span float64, unit string) float64 {
	want := span / 4
	perSecond := map[string]float64{"s": 1, "ms": 1000, "m": 1.0 / 60, "min": 1.0 / 60}[unit]
	if perSecond > 0 && want/perSecond > 10 {
		for _, s := range []float64{15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000} {
			if s*perSecond >= want {
				return s * perSecond
			}
		}
		perSecond *= 86400
	} else {
		perSecond = 1
	}
	power := math.Pow(10, math.Floor(math.Log10(want/perSecond)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if m*power*perSecond >= want*0.999 {
			return m * power * perSecond
		}
	}
	return 10 * power * perSecond
}

// extent returns the smallest and the largest number of the columns.
func extent(columns ...[]any) (low, high float64, any bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, c := range columns {
		for _, v := range c {
			if f, ok := float(v); ok {
				low, high, any = math.Min(low, f), math.Max(high, f), true
			}
		}
	}
	return low, high, any
}
