package sample

import (
	"fmt"
	"iter"
	"time"
)

// messages are the posts of the threads, and notes that agents wrote for each other.
func messages(d *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, t := range d.all(scale) {
			h := handle(t)
			var gap any
			for i, m := range t.messages {
				role := "customer"
				if m.agent {
					role = "agent"
				}
				if i > 0 {
					gap = int64(m.at.Sub(t.messages[i-1].at).Seconds())
				}
				if !yield([]any{Company, m.id, t.id, m.at, t.channel, m.sender, role, "public", m.text, m.sentiment, m.score, gap, h.team, h.tags, t.customer()}) {
					return
				}
			}
			if note := noteOf(t, h); note != nil && !yield(note) {
				return
			}
		}
	}
}

func noteOf(t thread, h handling) []any {
	d := roll("note "+t.id, 0)
	if h.unassigned == nil || !d.chance(0.3) {
		return nil
	}
	at, _ := after(t.opened(), h.unassigned).(time.Time)
	text := even(d, []string{"Asked the warehouse, waiting for them.", "Known fault, see the status page.", "Customer called as well.", "Please check the account first."})
	return []any{Company, t.id + "-note", t.id, at.Add(time.Duration(d.seconds(10*time.Minute, 0.8)) * time.Second), t.channel, h.agent, "agent", "note", text, "neutral", 0.0, nil, h.team, h.tags, t.customer()}
}

// states are what happened to the interactions, from new to completed.
func states(d *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, t := range d.all(scale) {
			h := handle(t)
			type change struct {
				after any
				to    string
				by    any
			}
			changes := []change{
				{int64(0), "new", nil}, {h.unassigned, "assigned", "routing"}, {h.firstResponse, "in_progress", h.agent}, {h.firstResolution, "completed", h.agent},
			}
			if h.reopened {
				first, _ := h.firstResolution.(int64)
				full, _ := h.resolution.(int64)
				changes = append(changes, change{(first + full) / 2, "reopened", t.customer()}, change{full, "completed", h.agent})
			}
			var from any
			n := 0
			for _, c := range changes {
				at, ok := after(t.opened(), c.after).(time.Time)
				if !ok {
					continue
				}
				if !yield([]any{Company, fmt.Sprintf("%s-%d", t.id, n), t.id, at, from, c.to, c.by, h.team}) {
					return
				}
				from, n = c.to, n+1
			}
		}
	}
}

// promises are the targets that an interaction was given, and what became of them by the end of the data.
func promises(d *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, t := range d.all(scale) {
			h := handle(t)
			for _, p := range []struct {
				kind   string
				target time.Duration
				took   any
				given  bool
			}{
				{"firstResponseTime", 4 * time.Hour, h.firstResponse, true},
				{"nextResponseTime", 8 * time.Hour, h.nextResponse, h.nextResponse != nil},
				{"timeToComplete", 48 * time.Hour, h.resolution, true},
				{"totalUnassignedTime", time.Hour, h.unassigned, true},
			} {
				if !p.given {
					continue
				}
				target := int64(p.target.Seconds())
				due := t.opened().Add(p.target)
				status, missedBy := "pending", any(nil)
				switch took, ok := p.took.(int64); {
				case ok && took <= target:
					status = "hit"
				case ok:
					status, missedBy = "miss", took-target
				case due.Before(end):
					status = "miss"
				}
				if !yield([]any{Company, t.id + "-" + p.kind, t.id, t.opened(), p.kind, target, due, p.took, status, missedBy, h.team, h.assignee(), t.channel}) {
					return
				}
			}
		}
	}
}
