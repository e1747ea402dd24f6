package report

import (
	"fmt"
	"strings"
	"time"
)

// fact is what a reader must know of a report beside its widgets, by its name in the report's language.
type fact struct {
	Name, Text string
	// Moment is the time that Text writes, for files that keep times as such; else zero.
	Moment time.Time
}

// facts says what was asked, and when the report was made: in the head of a page, and on a workbook's cover.
func (l *locale) facts(r *Report) (out []fact) {
	if r.Range != nil {
		out = append(out, fact{Name: l.Period, Text: l.period(r.Range)})
	}
	out = append(out, fact{Name: l.Zone, Text: l.zone.String()})
	for _, f := range l.filters(r.Filters) {
		out = append(out, fact{Name: l.Filters, Text: f})
	}
	if !r.Made.IsZero() {
		made := r.Made.In(l.zone)
		out = append(out, fact{Name: l.Made, Text: l.day(made) + " " + l.clock(made), Moment: r.Made})
	}
	return out
}

// filtersMost bounds how much of a request's filters is shown.
const filtersMost = 12

// filters puts a request's filters into lines of text.
func (l *locale) filters(raw []byte) (out []string) {
	for _, f := range flatten(raw) {
		if len(out) == filtersMost {
			return append(out, "…")
		}
		out = append(out, short(clean(fmt.Sprintf("%s: %s", f.key, strings.TrimSpace(f.value))), 120))
	}
	return out
}
