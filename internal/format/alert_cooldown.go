package format

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/alert"
)

// Subjects returns what fires: the alert as a whole, or rows of its evidence. Each cools down for itself.
func (a *Alert) Subjects() []string {
	out := make([]string, len(a.subjects))
	for i, s := range a.subjects {
		out[i] = s.id
	}
	return out
}

// Settle takes out what is cooling down, until[i] for Subjects()[i] (zero where it is not), and keeps as many rows of the evidence as the
// catalog asks for, those that fire first. It is called once.
func (d *Data) Settle(until []time.Time) {
	a := d.Alert
	var firing []subject
	var next time.Time
	for i, s := range a.subjects {
		if i >= len(until) || until[i].IsZero() {
			firing = append(firing, s)
			continue
		}
		if next.IsZero() || until[i].Before(next) {
			next = until[i].UTC()
		}
		if s.row >= 0 {
			a.fired[s.row] = false
		}
	}
	cooled := len(a.subjects) > 0 && len(firing) == 0
	a.subjects = firing
	a.identify()
	if cooled {
		a.Fired, a.State = false, string(alert.CoolingDown)
		v := alert.Verdict{State: alert.CoolingDown}
		a.Reason = v.Reason(a.rule, a.names, a.language)
	}
	if !next.IsZero() {
		a.Cooldown.Until = &next
	}
	if a.fired != nil {
		d.keepRows(a.fired, a.size)
	}
}

// keepRows keeps size rows: those that fire, then the others, each in their order.
func (d *Data) keepRows(fired []any, size int) {
	if len(fired) <= size {
		return
	}
	order := make([]int, 0, len(fired))
	for _, wanted := range []bool{true, false} {
		for i, f := range fired {
			if f == wanted {
				order = append(order, i)
			}
		}
	}
	for c, values := range d.Data.Values {
		kept := make([]any, size)
		for i := range kept {
			kept[i] = values[order[i]]
		}
		d.Data.Values[c] = kept
	}
}
