// Package report makes one file of a page's widgets: HTML for people who read it in a mail or on paper, or an XLSX workbook, CSV, JSON lines or Parquet
// for those who go on computing.
//
// In HTML charts are SVG drawn here, there is no script, and nothing is loaded from anywhere. The same values make the same bytes.
//
// Whatever comes from data or a request is text: html/template escapes it where it stands, and characters that turn the direction of writing are taken out of it. In
// Arabic the whole page reads from right to left, its axes and bars too.
//
// It computes nothing and reads nothing: its input is what package format made.
package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/format"
)

// Report is what a page of widgets is shown with.
type Report struct {
	// Title is the page's label in Language, which is a tag such as en or ar; other languages read English words.
	Title, Language string
	// Range is the asked range, nil where no widget has one. Its zone decides days.
	Range *format.Range
	// Filters is the request's JSON, nil where there is none.
	Filters []byte
	// Made is when the report was made.
	Made time.Time
	// Brand holds the white-label fields by their names in outputs.
	Brand map[string]string
	// Temp is the folder where large sheets of a workbook wait until it is whole; empty is the system's.
	Temp string
	// Widgets in page order.
	Widgets []Widget
}

// Widget is one widget's data, or why there is none.
type Widget struct {
	ID string
	// Title is shown where there is no data that has one.
	Title string
	Data  *format.Data
	// Rest are the rows that follow those of Data, for files that hold all of them; nil where there are none. It is read once.
	Rest iter.Seq2[*format.Data, error]
	rest int // how many rows have been read of it
	// Error is a sentence for the reader; Code its stable name.
	Error, Code string
}

// Rows returns how many rows of data there are, as far as they have been written.
func (w *Widget) Rows() int {
	if w.Data == nil {
		return 0
	}
	return count(w.Data) + w.rest
}

// batches returns all rows, and counts them.
func (w *Widget) batches() iter.Seq2[*format.Data, error] {
	return func(yield func(*format.Data, error) bool) {
		if !yield(w.Data, nil) || w.Rest == nil {
			return
		}
		for d, err := range w.Rest {
			if err == nil {
				w.rest += count(d)
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

//go:embed page.gohtml style.css
var files embed.FS

// Write writes the report as one HTML document.
func Write(w io.Writer, r *Report) error {
	css, err := files.ReadFile("style.css")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	page, err := template.New("page.gohtml").Funcs(template.FuncMap{"n": coordinate}).ParseFS(files, "page.gohtml")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	sum := sha256.Sum256(css)
	view := newPage(r)
	view.CSS = template.CSS(css) //nolint:gosec // the embedded file, and nothing else
	// The style is allowed by its digest: a style that data would bring along has another.
	view.Policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	if err := page.Execute(w, view); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// coordinate writes a number of a drawing, to a tenth.
func coordinate(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if s == "-0.0" {
		return "0"
	}
	if n := len(s) - 2; s[n:] == ".0" {
		return s[:n]
	}
	return s
}
