package report

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbook is an XLSX file on its way.
type workbook struct {
	*locale
	file *excelize.File
	// bold, moment and note are styles: of a column's title, of a point in time, of a widget's notices.
	bold, moment, note int
	taken              map[string]bool
}

// WriteWorkbook writes the report as an XLSX workbook: a cover that says what was asked, when and how each widget ended, and a sheet for each widget
// that has data. Numbers, times and texts keep their types, so that a reader can go on computing; no text is ever a formula.
func WriteWorkbook(w io.Writer, r *Report) (err error) {
	b := &workbook{locale: r.locale(), file: excelize.NewFile(excelize.Options{TmpDir: r.Temp}), taken: make(map[string]bool)}
	// The library packs into a buffer and hands that on when it is whole; it gets what packs straight into the file.
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	defer func() {
		if closing := b.file.Close(); err == nil && closing != nil { // removes what was spilled to the disk
			err = fmt.Errorf("report: workbook: %w", closing)
		}
	}()
	if err := b.styles(); err != nil {
		return fmt.Errorf("report: workbook: %w", err)
	}
	cover := b.name(b.Cover)
	if err := b.file.SetSheetName("Sheet1", cover); err != nil {
		return fmt.Errorf("report: workbook: %w", err)
	}
	sheets := make([]string, len(r.Widgets))
	for i := range r.Widgets {
		if r.Widgets[i].Data == nil {
			continue
		}
		sheets[i] = b.name(b.titleOf(&r.Widgets[i]))
		if err := b.sheet(sheets[i], &r.Widgets[i]); err != nil {
			return fmt.Errorf("report: workbook: sheet of %s: %w", r.Widgets[i].ID, err)
		}
	}
	if err := b.cover(cover, r, sheets); err != nil {
		return fmt.Errorf("report: workbook: cover: %w", err)
	}
	if err := b.file.Write(w); err != nil {
		return fmt.Errorf("report: workbook: %w", err)
	}
	return nil
}

func (b *workbook) styles() (err error) {
	style := func(s *excelize.Style) int {
		id, e := b.file.NewStyle(s)
		err = errors.Join(err, e)
		return id
	}
	format := "yyyy-mm-dd hh:mm:ss"
	b.bold = style(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EDF3"}}})
	b.moment = style(&excelize.Style{CustomNumFmt: &format})
	b.note = style(&excelize.Style{Font: &excelize.Font{Italic: true, Color: "8A5A00"}})
	return err
}

// name makes a sheet's name that Excel takes and no other sheet of the workbook has, in any case of letters.
func (b *workbook) name(title string) string {
	const most = 31 // UTF-16 units, of which a letter may take two
	title = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, clean(title)), "' ")
	if title == "" {
		title = b.Widget
	}
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf(" (%d)", n)
		}
		name := strings.Trim(cut(title, most-len(suffix)), "' ") + suffix
		if key := strings.ToLower(name); !b.taken[key] && key != "history" { // a name that Excel keeps for itself
			b.taken[key] = true
			return name
		}
	}
}

// cut returns the longest beginning of s of at most so many UTF-16 units.
func cut(s string, units int) string {
	n := 0
	for i, r := range s {
		if n++; r > 0xffff {
			n++
		}
		if n > units {
			return s[:i]
		}
	}
	return s
}

func (b *workbook) titleOf(w *Widget) string {
	for _, t := range []string{w.title(), w.ID} {
		if t = clean(t); t != "" {
			return t
		}
	}
	return b.Widget
}

// title is the widget's own, else the page's name for it.
func (w *Widget) title() string {
	if w.Data != nil && w.Data.Title != "" {
		return w.Data.Title
	}
	return w.Title
}

// text shortens a text to what one cell holds.
func text(s string) string { return cut(s, 32_767) }
