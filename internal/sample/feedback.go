package sample

import (
	"fmt"
	"iter"
	"time"
)

// ratings are what customers answered when asked how satisfied they were, on a scale from 1 to 5.
func ratings(d *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, t := range d.all(scale) {
			h := handle(t)
			done, ok := after(t.opened(), h.resolution).(time.Time)
			r := roll("rating "+t.id, 0)
			if !ok || !r.chance(0.45) {
				continue
			}
			at := done.Add(time.Duration(r.seconds(3*time.Hour, 1)) * time.Second)
			for n, question := range []string{"How satisfied are you with the answer?", "How satisfied are you with the time it took?", "How satisfied are you with us?"} {
				if n > 0 && !r.chance(0.6) {
					continue
				}
				score := satisfaction(r, h, n == 1)
				var comment any
				if r.chance(0.25) {
					comment = remarkOn(score, roll("comment "+t.id, n), languageOf(t.customer())).text
				}
				if !yield([]any{Company, fmt.Sprintf("%s-q%d", t.id, n+1), at, fmt.Sprintf("q%d", n+1), question, t.customer(), t.id, h.agent, h.team, t.channel, score, comment}) {
					return
				}
			}
		}
	}
}

// satisfaction falls with the time that an answer took; asked about the time, it falls more.
func satisfaction(r dice, h handling, ofTime bool) int64 {
	score := 4.2 + r.NormFloat64()
	if waited, ok := h.firstResponse.(int64); !ok || waited > 4*3600 {
		score -= 0.8
		if ofTime {
			score--
		}
	}
	return int64(min(5, max(1, score)))
}

type question struct {
	id, kind, text string
	options        []string
}

func questions() []question {
	return []question{
		{"nps", "nps", "How likely are you to recommend us, from 0 to 10?", nil},
		{"ease", "rating", "How easy was it to get help, from 1 to 5?", nil},
		{"solved", "choice", "Is your question solved?", []string{"yes", "partly", "no"}},
		{"channel", "choice", "Where do you like to be answered?", []string{"mail", "chat", "phone"}},
		{"words", "text", "What should we do better?", nil},
	}
}

// response is one invitation to the survey, and how far the customer went.
type response struct {
	sent               time.Time
	started, completed any
	answered           int // questions
	status             string
	duration           any
}

func respond(t thread, h handling) (response, bool) {
	done, ok := after(t.opened(), h.firstResolution).(time.Time)
	r := roll("survey "+t.id, 0)
	if !ok || !r.chance(0.6) {
		return response{}, false
	}
	out := response{sent: done.Add(time.Hour), status: "sent"}
	if !r.chance(0.55) {
		return out, true
	}
	start := out.sent.Add(time.Duration(r.seconds(5*time.Hour, 1.1)) * time.Second)
	out.started, out.status = start, "started"
	for out.answered < len(questions()) && r.chance(0.93) {
		out.answered++
	}
	if out.answered == len(questions()) {
		took := r.seconds(95*time.Second, 0.5)
		out.completed, out.duration, out.status = start.Add(time.Duration(took)*time.Second), took, "completed"
	}
	return out, true
}

// surveys are the invitations.
func surveys(d *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, t := range d.all(scale) {
			h := handle(t)
			r, ok := respond(t, h)
			if ok && !yield([]any{
				Company, "survey-" + t.id, "after-service", r.sent, t.channel, r.started, r.completed, r.duration, r.status, int64(r.answered),
				t.id, t.customer(), h.agent, h.team, h.tags,
			}) {
				return
			}
		}
	}
}

// answers are what was answered, one row a question.
func answers(d *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, t := range d.all(scale) {
			h := handle(t)
			r, _ := respond(t, h)
			start, _ := r.started.(time.Time)
			score, choice, words := answer(t, h)
			for n, q := range questions()[:r.answered] {
				row := []any{Company, "survey-" + t.id + "-" + q.id, "survey-" + t.id, "after-service", start.Add(time.Duration(n+1) * 15 * time.Second),
					q.id, int64(n + 1), q.kind, q.text, nil, nil, nil, []string{}, nil, t.channel, h.agent, h.team, h.tags, t.customer(), t.id}
				switch q.kind {
				case "nps":
					row[9] = min(10, score*2+int64(roll("nps "+t.id, 0).IntN(2)))
				case "rating":
					row[9] = score
				case "choice":
					row[10] = choice(q)
				case "text":
					row[11], row[12], row[13] = words.text, words.terms, words.language
				}
				if !yield(row) {
					return
				}
			}
		}
	}
}

func answer(t thread, h handling) (score int64, choice func(question) string, words remark) {
	r := roll("answer "+t.id, 0)
	score = satisfaction(r, h, false)
	return score, func(q question) string {
		if q.id == "solved" && score <= 2 {
			return "no"
		}
		return pick(r, q.options)
	}, remarkOn(score, roll("words "+t.id, 0), languageOf(t.customer()))
}
