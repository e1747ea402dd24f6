// Package draw shows event data in a terminal: numbers with their change, sparklines, bars, a shaded grid, tables. It draws
// what the data's schema says and knows no page. Text from the data cannot steer the terminal.
package draw

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Options say how to draw.
type Options struct {
	// Width is the terminal's, in cells.
	Width int
	Color bool
}

// For returns the options that fit a writer: color and the real width on a terminal, plain text elsewhere.
func For(w io.Writer) Options {
	o := Options{Width: 100}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return o
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 20 {
		o.Width = min(width, 140)
	}
	o.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return o
}

// data is what is drawn of an event's data.
type data struct {
	Kind   string `json:"kind"`
	Status string `json:"status"`
	Title  string `json:"title"`
	Grain  string `json:"grain"`
	Error  *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Schema struct {
		Fields []field `json:"fields"`
	} `json:"schema"`
	Data struct {
		Values [][]any `json:"values"`
	} `json:"data"`
	Paging *struct {
		Page  int    `json:"page"`
		Total *int64 `json:"total"`
	} `json:"paging"`
	// Halves are where half of a measure has come.
	Halves []struct {
		Measure string  `json:"measure"`
		At      float64 `json:"at"`
	} `json:"halves"`
	// HTML and PDF are a report's files.
	HTML  *file    `json:"html"`
	PDF   *file    `json:"pdf"`
	Alert *verdict `json:"alert"`
	// Order and Widgets are those of a page in one message; widgets of a report are a list.
	Order   []string        `json:"order"`
	Widgets json.RawMessage `json:"widgets"`
	Notices []struct {
		Severity string `json:"severity"`
		Text     string `json:"text"`
	} `json:"notices"`
}

// file is a stored file that a message links.
type file struct {
	URL   string `json:"url"`
	Bytes int64  `json:"bytes"`
}

type field struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Role   string `json:"role"`
	Config struct {
		DisplayName string      `json:"displayName"`
		Unit        string      `json:"unit"`
		Decimals    *int        `json:"decimals"`
		DownIsGood  bool        `json:"downIsGood"`
		Neutral     *[2]float64 `json:"neutralRange"`
		NoValue     string      `json:"noValue"`
		Mappings    []struct {
			Options map[string]struct {
				Text string `json:"text"`
			} `json:"options"`
		} `json:"mappings"`
	} `json:"config"`
}

func (f *field) name() string {
	if f.Config.DisplayName != "" {
		return f.Config.DisplayName
	}
	return f.Name
}

// canvas writes one widget.
type canvas struct {
	w io.Writer
	o Options
	d *data
}

// Widget draws one widget's event data; note stands behind its title.
func Widget(w io.Writer, o Options, name, note string, eventData []byte) error {
	var d data
	if err := json.Unmarshal(eventData, &d); err != nil {
		return fmt.Errorf("draw %s: %w", name, err)
	}
	if d.Kind == "page" {
		return page(w, o, note, &d)
	}
	c := &canvas{w: w, o: o, d: &d}
	title := d.Title
	if title == "" {
		title = name
	}
	c.line("%s %s %s", c.paint(bold, clean(title)), c.paint(dim, clean(name)), c.paint(dim, "· "+note))
	if d.Alert != nil {
		c.alert(d.Alert)
	}
	switch {
	case d.Error != nil:
		c.line("  %s %s", c.paint(red, "✗ "+clean(d.Error.Code)), clean(d.Error.Message))
	case d.Alert != nil && (d.Status == "empty" || len(d.Data.Values) == 0): // it has said so
	case d.Status == "empty":
		c.line("  %s", c.paint(dim, "no data in this range"))
	default:
		c.body()
	}
	c.halves()
	for _, n := range d.Notices {
		c.line("  %s", c.paint(dim, "ⓘ "+clean(n.Text)))
	}
	c.line("")
	return nil
}

// page draws the widgets of a page in one message.
func page(w io.Writer, o Options, note string, d *data) error {
	var widgets map[string]json.RawMessage
	if err := json.Unmarshal(d.Widgets, &widgets); err != nil {
		return fmt.Errorf("draw a page: %w", err)
	}
	for _, id := range d.Order {
		if err := Widget(w, o, id, note, widgets[id]); err != nil {
			return err
		}
	}
	return nil
}

func (c *canvas) body() {
	switch c.d.Kind {
	case "stat":
		c.stat()
	case "timeseries":
		c.series()
	case "breakdown", "histogram", "keyness":
		c.bars()
	case "trend":
		c.trend()
	case "tree":
		c.tree()
	case "heatmap":
		c.heatmap()
	case "table", "feed", "alert":
		c.table()
	case "report":
		for _, f := range []*file{c.d.HTML, c.d.PDF} {
			if f != nil {
				c.line("  %s %s", clean(f.URL), c.paint(dim, fmt.Sprintf("%d bytes", f.Bytes)))
			}
		}
	default:
		raw, err := json.Marshal(c.d.Data)
		if err == nil && len(c.d.Data.Values) > 0 {
			c.line("  %s", clean(string(raw)))
		}
	}
}

func (c *canvas) line(format string, args ...any) {
	fmt.Fprintf(c.w, format+"\n", args...)
}

// Complete draws the closing message.
func Complete(w io.Writer, o Options, eventData []byte) error {
	var d struct {
		Status string `json:"status"`
		Sent   []string
		Failed []struct {
			Widget, Code, Message string
		}
		Elapsed float64 `json:"elapsed_ms"`
		Error   *struct{ Code, Message string }
		Live    *struct {
			Round     int
			Unchanged []string
			NextAt    string `json:"next_at"`
			Ended     string
		}
	}
	if err := json.Unmarshal(eventData, &d); err != nil {
		return fmt.Errorf("draw the closing message: %w", err)
	}
	c := &canvas{w: w, o: o}
	mark := c.paint(green, "✓")
	if len(d.Failed) > 0 || d.Error != nil {
		mark = c.paint(red, "✗")
	}
	c.line("%s page %s: %d widgets sent, %d failed, computed in %.0f ms", mark, clean(d.Status), len(d.Sent), len(d.Failed), d.Elapsed)
	if d.Error != nil {
		c.line("  %s: %s", c.paint(red, clean(d.Error.Code)), clean(d.Error.Message))
	}
	if l := d.Live; l != nil {
		then := "the next one at " + clean(l.NextAt)
		if l.Ended != "" {
			then = "no other follows: " + clean(l.Ended)
		}
		c.line("  %s", c.paint(dim, fmt.Sprintf("live, round %d: %d widgets unchanged; %s", l.Round, len(l.Unchanged), then)))
	}
	c.line("")
	return nil
}

// The colors, as SGR codes.
const (
	bold  = "1"
	dim   = "2"
	red   = "31"
	green = "32"
	blue  = "34"
)

func (c *canvas) paint(code, text string) string {
	if !c.o.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// clean takes out what could steer the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}
