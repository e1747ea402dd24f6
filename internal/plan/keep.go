package plan

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// keep says of a widget's queries which days of their ranges are over.
func (r *request) keep(w *Widget) {
	k := w.Spec.Dataset.Keep
	if k == nil {
		return
	}
	tenant, changes := r.owner(w.Spec.Dataset), r.changes(w.Spec.Dataset)
	for i := range w.Steps {
		q := w.Steps[i].Query
		if q.Time == nil || q.Rows {
			continue
		}
		if days := r.over(q.Range, k.ClosedAfter); len(days) > 2 {
			q.Keep = &query.Keep{Zone: r.zone.String(), Days: days, MaxAge: k.MaxAge, Version: k.Version, Tenant: tenant, Changes: changes}
		}
	}
}

// over are the edges of the days that lie in a range whole and have ended so long ago.
func (r *request) over(rng query.Range, ago time.Duration) []time.Time {
	end := r.now.Add(-ago)
	if rng.To.Before(end) {
		end = rng.To
	}
	day := midnight(rng.From.In(r.zone))
	if day.Before(rng.From) {
		day = addDays(day, 1)
	}
	var out []time.Time
	for len(out) <= maxBuckets && !day.After(end) {
		out = append(out, day.UTC())
		next := addDays(day, 1)
		if !next.After(day) {
			break // a day that the zone skipped
		}
		day = next
	}
	return out
}
