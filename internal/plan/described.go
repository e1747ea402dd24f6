package plan

import (
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// own is what a widget that the request describes has of its own.
type own struct {
	mine    bool        // the request describes it
	against query.Range // what it is compared with, where that is given
	offset  int         // rows before its first page
	limited bool        // says how many rows a page has
	ordered bool        // says its order
	from    *position   // where its page begins, where a cursor says so
}

// described plans a widget of the request's own, as one of the catalog with a range, a zone and further filters. Whatever is wrong with it is
// its own error, never that of the request.
func (r *request) described(d *catalog.DescribedWidget) Widget {
	fail := func(err error) Widget {
		return Widget{ID: d.ID, Spec: d.Widget, Kind: kindOf(d.Widget), Err: alone(err)}
	}
	if d.Err != nil {
		reason := models.ReasonBadValue
		if d.Err.Unknown() {
			reason = models.ReasonUnknownMember
		}
		return fail(reject(reason, "%s", faultText(d.Err)))
	}
	of := *r
	of.mine = true
	var err error
	if d.Zone != "" {
		zoned := *r.Request
		zoned.TimeZone = d.Zone
		if of.zone, err = zoneOf(&zoned); err != nil {
			return fail(err)
		}
		if of.rng, err = rangeOf(&zoned, of.zone, r.now); err != nil {
			return fail(err)
		}
	}
	if of.rng, err = of.span(d.Range, of.rng, d.Widget.Dataset); err != nil {
		return fail(err)
	}
	if of.against, err = of.span(d.Against, query.Range{}, d.Widget.Dataset); err != nil {
		return fail(err)
	}
	if d.Widget.Kind == catalog.Timeseries && d.Widget.Compare == catalog.Given && !sameLength(of.rng, of.against, of.zone) {
		return fail(reject(models.ReasonBadRange, "%s: a series is compared with a range of its own length", d.Against.Place))
	}
	mine, err := (&reader{loc: of.zone}).read(d.Place, d.Filters, 0)
	if err != nil {
		return fail(err)
	}
	// Bound apart first: what is wrong with them is not the request's fault.
	of.conditions = mine
	if _, err := bind(of.left(d.Widget.Dataset), d.Widget.Dataset, r.page, of.zone); err != nil {
		return fail(err)
	}
	of.conditions = append(append([]condition(nil), r.conditions...), mine...)
	of.offset, of.limited, of.ordered = d.Offset, d.Limited, len(d.Widget.Sort) > 0
	return of.planned(d.ID, d.Widget)
}

// alone makes an error one widget's: the request is sound.
func alone(err error) error {
	return fault.New(fault.Permanent, fault.ReasonOf(err), fault.SafeText(err), err)
}

func kindOf(w *catalog.Widget) catalog.Kind {
	if w == nil {
		return ""
	}
	return w.Kind
}

// faultText names the first faults.
func faultText(list catalog.Errors) string {
	const shown = 5
	var parts []string
	for i, f := range list {
		if i == shown {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, f.String())
	}
	return strings.Join(parts, "; ")
}

// span resolves a range of a widget's own; without one it is fallback.
func (r *request) span(s catalog.Span, fallback query.Range, d *catalog.Dataset) (query.Range, error) {
	if len(s.Texts) == 0 {
		return fallback, nil
	}
	if len(s.Texts) == 1 {
		if out, ok := calendarOf(d, r.zone).named(s.Texts[0], r.now); ok && !out.To.After(out.From.AddDate(longestYears, 0, 0)) {
			return out, nil
		}
	}
	dates := &models.Request{StartDate: s.Texts[0], EndDate: s.Texts[len(s.Texts)-1]}
	out, err := rangeOf(dates, r.zone, r.now)
	if err != nil {
		return out, reject(fault.ReasonOf(err), "%s: %s", s.Place, strings.NewReplacer("start_date", "the start", "end_date", "the end").Replace(fault.SafeText(err)))
	}
	return out, nil
}

// sameLength says whether two ranges have as many days, or, where they are not of whole days, as much time.
func sameLength(a, b query.Range, zone *time.Location) bool {
	days := func(r query.Range) (int, bool) {
		from, to := r.From.In(zone), r.To.In(zone)
		return civilDays(from, to), midnight(from).Equal(from) && midnight(to).Equal(to)
	}
	m, whole := days(a)
	if n, also := days(b); whole && also {
		return m == n
	}
	return a.To.Sub(a.From) == b.To.Sub(b.From)
}
