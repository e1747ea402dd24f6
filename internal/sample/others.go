package sample

import (
	"fmt"
	"iter"
	"time"
)

// agentStates are what agents said that they did, without a gap from 9 to 17 on working days.
func agentStates(_ *Data, _ float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		n := 0
		for day := begin; day.Before(end); day = day.AddDate(0, 0, 1) {
			if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
				continue
			}
			for _, team := range teams() {
				for _, agent := range agents(team) {
					d := roll("agent "+agent, day.YearDay())
					for at := day.Add(opens); at.Before(day.Add(closes)); n++ {
						state := even(d, []string{"online", "online", "busy", "away", "offline"})
						until := earlier(day.Add(closes), at.Add(time.Duration(d.seconds(70*time.Minute, 0.6)+60)*time.Second))
						if !yield([]any{Company, fmt.Sprintf("state-%06d", n), agent, team, at, until, state, int64(until.Sub(at).Seconds())}) {
							return
						}
						at = until
					}
				}
			}
		}
	}
}

// transcriptRows is how many transcripts there are by themselves.
const transcriptRows = 400

func transcripts(_ *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for i := range int(transcriptRows * scale) {
			d := roll("transcript", i)
			about := pick(d, topics())
			status := pick(d, []string{"completed", "completed", "processing", "failed"})
			seconds := d.seconds(6*time.Minute, 0.8)
			text, _, _ := say(d, about, "en")
			var words any = text
			if status != "completed" {
				words = nil
			}
			if !yield([]any{
				Company, fmt.Sprintf("transcript-%05d", i), d.moment(begin, end), "Call about " + about.name, status, even(d, []string{"en", "en", "ar"}),
				even(d, []string{"phone", "meeting", "video"}), int64(2 + d.IntN(3)), seconds, float64(seconds) / 60, words,
			}) {
				return
			}
		}
	}
}

// monitors are what is listened to.
func monitors(*Data, float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for i, brand := range []string{"own", "acorn", "birch"} {
			if !yield([]any{Company, "monitor-" + brand, "project-brands", brand, begin.AddDate(0, 0, i)}) {
				return
			}
		}
	}
}
