package report

import (
	"html/template"
	"slices"
)

const (
	fullWidth = 720.0
	halfWidth = 350.0
)

// page is what the template shows.
type page struct {
	*words
	CSS       template.CSS
	Policy    string
	Title     string
	Project   string
	Facts     []fact
	Generated bool
	Rows      []row
	// shownSoFar counts widgets: their ids in the document are ours, since theirs may be any text.
	shownSoFar int
	Footer     []string
	Email      string
}

// row is widgets side by side.
type row struct {
	Class   string
	Widgets []*widget
}

// widget is one widget as it is shown.
type widget struct {
	ID, Kind, Title, Description string
	Badges                       []badge
	Error, Code                  string
	Empty                        bool
	Stat                         []figure
	Drawings                     []*drawing
	Table                        *table // a table widget
	Numbers                      *table // what is behind a drawing
	Posts                        []post
	More                         string
	Notices                      []string
	AsOf                         string
}

func newPage(r *Report) *page {
	l := r.locale()
	p := &page{words: l.words, Title: clean(r.Title), Project: l.brand(r.Brand, "project_name"), Facts: l.facts(r)}
	p.footer(l, r.Brand)
	p.lay(l, r.Widgets)
	return p
}

// brand returns a white-label field in the report's language, else in the other one.
func (l *locale) brand(fields map[string]string, name string) string {
	for _, suffix := range []string{"_" + l.Language, "_en", "_ar", ""} {
		if v := clean(fields[name+suffix]); v != "" {
			return v
		}
	}
	return ""
}

func (p *page) footer(l *locale, brand map[string]string) {
	line := func(s string) {
		if s != "" {
			p.Footer = append(p.Footer, s)
		}
	}
	line(l.brand(brand, "legal_name"))
	switch by := clean(brand["powered_by"]); {
	case clean(brand["powered_by_sentence"]) != "":
		line(clean(brand["powered_by_sentence"]))
	case by != "":
		line(l.PoweredBy + " " + isolate(by))
	}
	line(clean(brand["assume_responsibility"]))
	if l.Language == "ar" {
		line(clean(brand["disclaimer_ar"]))
	}
	p.Email = clean(brand["contact_email"])
}

// lay puts widgets of the same breadth that follow each other side by side. The last of an odd number of halves has the line for itself.
func (p *page) lay(l *locale, widgets []Widget) {
	for at := 0; at < len(widgets); {
		class := breadth(&widgets[at])
		end := at + 1
		for end < len(widgets) && breadth(&widgets[end]) == class {
			end++
		}
		rest := widgets[at:end]
		at = end
		if pairs := len(rest) / 2 * 2; class == "half" && pairs > 0 {
			p.Rows = append(p.Rows, row{class, p.shown(l, rest[:pairs], halfWidth)})
			rest = rest[pairs:]
		}
		for class == "full" || class == "half" {
			if len(rest) == 0 {
				break
			}
			p.Rows = append(p.Rows, row{"full", p.shown(l, rest[:1], fullWidth)})
			rest = rest[1:]
		}
		if len(rest) > 0 {
			p.Rows = append(p.Rows, row{class, p.shown(l, rest, halfWidth)})
		}
	}
}

// breadth is how much room a widget wants: a third of the line, half of it or all.
func breadth(w *Widget) string {
	if w.Data == nil {
		return "third"
	}
	switch w.Data.Kind {
	case "stat":
		return "third"
	case "breakdown", "histogram", "keyness":
		return "half"
	}
	return "full"
}

func (p *page) shown(l *locale, widgets []Widget, width float64) (out []*widget) {
	for i := range widgets {
		p.shownSoFar++
		w := l.widget(&widgets[i], "w"+itoa(p.shownSoFar), width)
		p.Generated = p.Generated || slices.ContainsFunc(w.Badges, func(b badge) bool { return b.Class == "synthetic" })
		out = append(out, w)
	}
	return out
}

// widget makes what is shown of one widget.
func (l *locale) widget(in *Widget, id string, width float64) *widget {
	out := &widget{ID: id, Title: clean(in.Title), Code: clean(in.Code)}
	if in.Data == nil {
		out.Kind, out.Error = "failed", clean(in.Error)
		if out.Error == "" {
			out.Error = l.Failed
		}
		if out.Title == "" {
			out.Title = clean(in.ID)
		}
		return out
	}
	d := in.Data
	out.Kind, out.Description = d.Kind, clean(d.Description)
	if t := clean(d.Title); t != "" {
		out.Title = t
	}
	if a := d.Alert; a != nil {
		out.Description = clean(a.Rule.Text + ": " + a.Reason)
	}
	if !d.AsOf.IsZero() {
		out.AsOf = l.dateTime(float64(d.AsOf.UnixMilli()))
	}
	l.notices(out, d)
	c := &chart{locale: l, d: d, id: out.ID, width: width}
	if d.Status == "empty" && d.Kind != "stat" {
		out.Empty = true
		return out
	}
	c.fill(out)
	return out
}

// fill draws the widget by its kind. A kind that has no drawing, or data that does not fit its kind, is shown as a table.
func (c *chart) fill(out *widget) {
	drawn := func(d *drawing) {
		if d != nil {
			out.Drawings = append(out.Drawings, d)
		}
	}
	switch c.d.Kind {
	case "stat":
		if out.Stat = c.stat(); out.Stat != nil {
			return
		}
		out.Empty = true
		return
	case "timeseries":
		out.Drawings = c.timeseries()
	case "breakdown", "keyness":
		drawn(c.breakdown())
	case "histogram":
		drawn(c.histogram())
	case "heatmap":
		drawn(c.heatmap())
	case "feed":
		out.Posts, out.More = c.feed()
		return
	}
	t := c.table()
	if len(out.Drawings) > 0 {
		out.Numbers = t
		return
	}
	out.Table = t
}
