package report

import (
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// cover writes what was asked, and a line a widget: its sheet, how it ended, its rows, how new its data is and what a reader must know.
func (b *workbook) cover(name string, r *Report, sheets []string) error {
	out, err := b.open(name, []float64{28, 34, 14, 12, 22, 90}, nil)
	if err != nil {
		return err
	}
	add := func(cells ...any) {
		if err == nil {
			err = out.add(cells...)
		}
	}
	named := func(name string, value any) {
		add(excelize.Cell{StyleID: b.bold, Value: name}, value)
	}
	named(b.Report, text(r.Title))
	if project := b.brand(r.Brand, "project_name"); project != "" {
		add(nil, text(project))
	}
	for _, f := range b.facts(r) {
		value := any(text(f.Text))
		if !f.Moment.IsZero() {
			value = b.when(float64(f.Moment.UnixMilli()))
		}
		named(f.Name, value)
	}
	add()
	head := make([]any, 0, 6)
	for _, title := range []string{b.Widget, b.Sheet, b.State, b.Count, b.AsOf, b.Notes} {
		head = append(head, excelize.Cell{StyleID: b.bold, Value: title})
	}
	add(head...)
	for i := range r.Widgets {
		w := &r.Widgets[i]
		if w.Data == nil {
			add(text(b.titleOf(w)), nil, b.States["error"], nil, nil, text(clean(w.Error)))
			continue
		}
		line := []any{text(b.titleOf(w)), sheets[i], b.States[w.Data.Status], w.Rows(), nil}
		if !w.Data.AsOf.IsZero() {
			line[4] = b.when(float64(w.Data.AsOf.UnixMilli()))
		}
		for _, n := range b.notes(w, false) {
			line = append(line, text(n))
		}
		add(line...)
	}
	if err != nil {
		return err
	}
	return out.to.Flush()
}

// notes are the widget's notices in the reader's language, and what its sheet does not hold, unless more rows are still to come.
func (b *workbook) notes(w *Widget, more bool) (out []string) {
	if p := w.Data.Paging; !more && p != nil && p.Total != nil && *p.Total > int64(w.Rows()) {
		out = append(out, b.Partial+": "+fmt.Sprintf(b.Rows, strconv.Itoa(w.Rows()), strconv.FormatInt(*p.Total, 10)))
	}
	for _, n := range w.Data.Notices {
		out = append(out, b.notice(&n))
	}
	return out
}
