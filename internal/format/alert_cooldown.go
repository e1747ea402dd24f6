package format

import (
	"slices"
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
// catalog asks for, those that fire first. Subjects are then those that this message tells. It is called once.
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
	if a.fired != nil { // what is not shown is not told: its turn is the next time
		for _, s := range firing[min(a.size, len(firing)):] {
			a.fired[s.row] = false
		}
		firing = firing[:min(a.size, len(firing))]
	}
	a.subjects = firing
	a.identify()
	if cooled {
		a.cool()
	}
	if !next.IsZero() {
		a.Cooldown.Until = &next
	}
	if a.fired != nil {
		d.keepRows(a.fired, a.size)
	}
}

// Cooled returns the data as it is where another request has just had the same delivered.
func (d *Data) Cooled(until time.Time) *Data {
	out, a, cooldown := *d, *d.Alert, *d.Alert.Cooldown
	until = until.UTC()
	cooldown.Until = &until
	a.Cooldown, a.subjects = &cooldown, nil
	out.Alert, out.Data.Values = &a, slices.Clone(d.Data.Values)
	for i, f := range d.Schema.Fields {
		if f.Role == roleAlert && f.Name == columnFired {
			out.Data.Values[i] = slices.Repeat([]any{false}, len(d.Data.Values[i]))
		}
	}
	a.identify()
	a.cool()
	return &out
}

func (a *Alert) cool() {
	v := alert.Verdict{State: alert.CoolingDown}
	a.Fired, a.State, a.Reason = false, string(v.State), v.Reason(a.rule, a.names, a.language)
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
