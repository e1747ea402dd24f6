package sample

import (
	"iter"
	"time"
)

// handling is how a team dealt with a thread. Who answered when is real where the thread is; the rest is drawn.
type handling struct {
	team, agent, routing string
	tags                 []string
	unassigned           any // seconds until it was given to someone, or nil
	firstResponse        any // seconds until the first answer by someone else, or nil
	businessResponse     any // the same in business hours
	nextResponse         any // seconds of the longest later wait of the customer for an answer, or nil
	firstResolution      any // seconds until it was first completed, or nil
	resolution           any // seconds until it was completed for good, or nil
	reopened             bool
	state, reason        string
	talk, hold, wrap     any // seconds of work, or nil where nobody worked on it
}

func handle(t thread) handling {
	d := roll("handling "+t.id, 0)
	h := handling{team: pick(d, teams()), routing: pick(d, []string{"skill", "round_robin", "manual"}), tags: some(d, tags(), 1+d.IntN(2)), state: "new"}
	h.agent = even(d, agents(h.team))
	h.firstResponse, h.nextResponse = waits(t)
	last := t.messages[len(t.messages)-1].at.Sub(t.opened())
	answered, ok := h.firstResponse.(int64)
	if !ok {
		if d.chance(0.55) {
			return h // nobody has looked at it
		}
		h.unassigned = d.seconds(50*time.Minute, 1)
		if h.state = "assigned"; d.chance(0.5) {
			h.complete(d, last+time.Duration(d.seconds(20*time.Hour, 0.8))*time.Second, []string{"no_answer_needed", "spam", "duplicate"})
		}
		return h
	}
	h.unassigned = min(answered, d.seconds(25*time.Minute, 1))
	h.businessResponse = int64(businessTime(t.opened(), t.opened().Add(time.Duration(answered)*time.Second)).Seconds())
	h.talk, h.hold, h.wrap = d.seconds(150*time.Second, 0.6), d.seconds(20*time.Second, 0.9), d.seconds(45*time.Second, 0.5)
	if h.state = "in_progress"; d.chance(0.85) {
		h.complete(d, last+time.Duration(d.seconds(4*time.Hour, 1))*time.Second, []string{"answered", "solved", "escalated", "duplicate"})
	}
	return h
}

// assignee is who works on it, or nil while nobody was chosen.
func (h *handling) assignee() any {
	if h.unassigned == nil {
		return nil
	}
	return h.agent
}

func (h *handling) complete(d dice, after time.Duration, reasons []string) {
	first := int64(after.Seconds())
	h.state, h.reason, h.firstResolution, h.resolution = "completed", pick(d, reasons), first, first
	if d.chance(0.12) {
		h.reopened, h.resolution = true, first+d.seconds(26*time.Hour, 0.7)
	}
}

func tags() []string {
	return []string{"question", "complaint", "delivery", "refund", "bug", "praise", "feature", "account"}
}

// waits returns how long the customer waited for the first answer, and the longest later wait.
func waits(t thread) (first, next any) {
	asked := t.opened()
	waiting := true
	for _, m := range t.messages[1:] {
		switch {
		case m.agent && waiting:
			waited := int64(m.at.Sub(asked).Seconds())
			if first == nil {
				first = waited
			} else if longest, ok := next.(int64); !ok || waited > longest {
				next = waited
			}
			waiting = false
		case !m.agent && !waiting:
			asked, waiting = m.at, true
		}
	}
	return first, next
}

// Business hours are Monday to Friday from 9 to 17, UTC.
const opens, closes = 9 * time.Hour, 17 * time.Hour

// businessTime is how much of the time between two lies in business hours.
func businessTime(from, to time.Time) time.Duration {
	var sum time.Duration
	for day := from.Truncate(24 * time.Hour); day.Before(to); day = day.AddDate(0, 0, 1) {
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			continue
		}
		a, b := later(from, day.Add(opens)), earlier(to, day.Add(closes))
		if b.After(a) {
			sum += b.Sub(a)
		}
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// after is a time some seconds after another, or nil.
func after(t time.Time, seconds any) any {
	s, ok := seconds.(int64)
	if !ok {
		return nil
	}
	return t.Add(time.Duration(s) * time.Second)
}

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func interactions(d *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		contacts := make(map[string]int64)
		for _, t := range d.all(scale) {
			h := handle(t)
			var in, out int64
			for _, m := range t.messages {
				if m.agent {
					out++
				} else {
					in++
				}
			}
			contacts[t.customer()]++
			first, last := t.messages[0], t.messages[len(t.messages)-1]
			if !yield([]any{
				Company, t.id, t.opened(), t.channel, kindOf(t), t.customer(), t.subject, t.language, contacts[t.customer()], in, out, last.at,
				last.sender, last.text, first.sentiment, last.sentiment, last.score - first.score, h.firstResponse, h.businessResponse, h.nextResponse,
				h.routing, h.team, h.assignee(), h.tags, h.state, textOrNil(h.reason), after(t.opened(), h.resolution), h.unassigned,
				h.firstResolution, h.resolution, h.reopened, h.talk, h.hold, h.wrap,
			}) {
				return
			}
		}
	}
}

// kindOf is an email for what came by mail, a conversation for a chat, and a post for what was said in public.
func kindOf(t thread) string {
	switch t.channel {
	case "chat":
		return "conversation"
	case "x", "instagram":
		return "post"
	}
	return "email"
}
