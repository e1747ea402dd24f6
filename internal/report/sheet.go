package report

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	numbers "github.com/go-dispatcher/dispatcher/internal/locale"
)

// rows writes a sheet from its top to its end; the file spills to the disk beyond 16 MB a sheet.
type rows struct {
	to   *excelize.StreamWriter
	next int
}

func (b *workbook) open(sheet string, widths []float64, panes *excelize.Panes) (*rows, error) {
	rtl := b.Dir == "rtl"
	if err := b.file.SetSheetView(sheet, 0, &excelize.ViewOptions{RightToLeft: &rtl}); err != nil {
		return nil, err
	}
	// A sheet that is written row by row cannot say beforehand how far it goes; readers that believe the first cell alone would stop there.
	if err := b.file.SetSheetDimension(sheet, ""); err != nil {
		return nil, err
	}
	to, err := b.file.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	for i, width := range widths {
		if err := to.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
	}
	if panes != nil {
		if err := to.SetPanes(panes); err != nil {
			return nil, err
		}
	}
	return &rows{to: to, next: 1}, nil
}

func (r *rows) add(cells ...any) error {
	at, err := excelize.CoordinatesToCellName(1, r.next)
	if err != nil {
		return err
	}
	r.next++
	return r.to.SetRow(at, cells)
}

// sheet writes a widget: its title and what a reader must know on the first line, the columns' titles on the second, and its values. What does not fit
// goes on in further sheets of the same heads.
func (b *workbook) sheet(name string, w *Widget) error {
	d := w.Data
	columns := shown(d)
	head, widths := b.head(&chart{locale: b.locale, d: d}, columns)
	if len(head) > mostColumns {
		return fault.New(fault.Permanent, "export_too_large", "a sheet holds at most 16,384 columns; ask for export_format csv, jsonl or parquet", nil)
	}
	top := []any{excelize.Cell{StyleID: b.bold, Value: text(b.titleOf(w))}}
	for _, n := range b.notes(w, w.Rest != nil) {
		top = append(top, excelize.Cell{StyleID: b.note, Value: text(n)})
	}
	begin := func(name string) (*rows, error) {
		if _, err := b.file.NewSheet(name); err != nil {
			return nil, err
		}
		out, err := b.open(name, widths, &excelize.Panes{Freeze: true, YSplit: 2, TopLeftCell: "A3", ActivePane: "bottomLeft"})
		if err != nil {
			return nil, err
		}
		return out, errors.Join(out.add(top...), out.add(head...))
	}
	out, err := begin(name)
	if err != nil {
		return err
	}
	for batch, err := range w.batches() {
		if err != nil {
			return err
		}
		c := &chart{locale: b.locale, d: batch}
		for r := range c.rows() {
			if out.next > lastRow {
				if err := out.to.Flush(); err != nil {
					return err
				}
				if out, err = begin(b.name(b.titleOf(w))); err != nil {
					return err
				}
			}
			if err := out.add(b.line(c, columns, r)...); err != nil {
				return err
			}
		}
	}
	return out.to.Flush()
}

// lastRow is the last that a sheet may have, mostColumns is how wide it may be.
const (
	lastRow     = 1_048_576
	mostColumns = 16_384
)

// head returns the columns' titles and widths.
func (b *workbook) head(c *chart, columns []int) (head []any, widths []float64) {
	edges := 0
	for _, at := range columns {
		f := c.field(at)
		title := b.columnTitle(f)
		if f.Role == "edge" { // a bin's first and last value have the same name
			title = []string{"≥ ", "< "}[edges%2] + title
			edges++
		}
		width := min(60, max(14, float64(utf8.RuneCountInString(title))+3))
		if f.Type == "time" {
			width = max(20, width)
		}
		head, widths = append(head, excelize.Cell{StyleID: b.bold, Value: text(title)}), append(widths, width)
	}
	return head, widths
}

// line returns the cells of a row.
func (b *workbook) line(c *chart, columns []int, row int) []any {
	cells := make([]any, len(columns))
	for i, at := range columns {
		f := c.field(at)
		if cells[i] = b.cell(c.cell(at, row), f); f.Role == "dimension" && c.other(row) {
			cells[i] = b.Others
		}
	}
	return cells
}

// shown returns the columns that readers see: the row of all others says so by its name.
func shown(d *format.Data) (at []int) {
	for i := range min(len(d.Schema.Fields), len(d.Data.Values)) {
		if d.Schema.Fields[i].Role != "other" {
			at = append(at, i)
		}
	}
	return at
}

// columnTitle names a column and its unit, for the cells below hold bare numbers.
func (b *workbook) columnTitle(f *format.Field) string {
	title := clean(f.Config.DisplayName)
	if title == "" && f.Type == "time" {
		title = b.Moment
	}
	if title == "" {
		title = clean(f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Labels)) { // a series of its own for each
		title += " – " + clean(f.Labels[name])
	}
	unit := clean(numbers.Unit(f.Config.Unit))
	switch {
	case f.Type == "time":
		return title + " (" + b.zone.String() + ")"
	case unit == "percentunit", unit == "percent":
		unit = "%"
	case unit == "", unit == "short", unit == "none", strings.HasPrefix(unit, "dateTime"):
		return title
	}
	return title + " (" + unit + ")"
}

// exact is the whole number up to which a cell holds each one: Excel's numbers have 15 digits.
const exact = 999_999_999_999_999

// cell keeps a value's type. What is not known is an empty cell, never a zero.
func (b *workbook) cell(v any, f *format.Field) any {
	switch v := v.(type) {
	case nil:
		if f.Role == "dimension" && f.Config.NoValue != "" {
			return clean(f.Config.NoValue)
		}
		return nil
	case bool:
		return v
	case string:
		return text(f.Config.Read(v))
	case int64:
		if v > exact || v < -exact {
			return strconv.FormatInt(v, 10)
		}
	}
	n, ok := float(v)
	switch {
	case !ok:
		return text(b.value(v, f))
	case f.Type == "time" || strings.HasPrefix(f.Config.Unit, "dateTime"):
		return b.when(n)
	case f.Role == "dimension" && f.Name == "weekday":
		return b.value(v, f)
	case f.Config.Unit == "percentunit":
		return n * 100
	}
	return v
}

// when is a point in time on the clock of the report's zone, which Excel's times have none of. Its calendar begins in 1900.
func (b *workbook) when(ms float64) any {
	t := b.at(ms)
	if t.Year() < 1901 || t.Year() > 9999 {
		return t.Format(time.RFC3339)
	}
	clock := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return excelize.Cell{StyleID: b.moment, Value: clock}
}
