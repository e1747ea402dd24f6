// Package doctor judges what was found out about a deployment: what is fine, what is not, and what to do about it.
//
// It asks nobody anything: package broker and the wiring do. Its sentences are for operators, and name streams, hosts and consumers.
package doctor

import (
	"fmt"
	"time"
)

// Level is how bad a finding is.
type Level string

// The levels, from good to bad. OK and Note need nothing; Warn may cost something one day; Fail costs something now.
const (
	OK   Level = "ok"
	Note Level = "note"
	Warn Level = "warn"
	Fail Level = "fail"
)

// Finding is one line of the doctor's: what was looked at, what it is like, and what to do.
type Finding struct {
	Check string `json:"check"`
	Level Level  `json:"level"`
	Found string `json:"found"`
	// Do is empty where nothing is to be done.
	Do string `json:"do,omitempty"`
}

// Worst returns the worst level among findings.
func Worst(findings []Finding) Level {
	worst := OK
	rank := map[Level]int{OK: 0, Note: 1, Warn: 2, Fail: 3}
	for _, f := range findings {
		if rank[f.Level] > rank[worst] {
			worst = f.Level
		}
	}
	return worst
}

// list collects the findings of one subject.
type list struct {
	subject  string
	findings []Finding
}

func (l *list) add(level Level, check, found, do string) {
	l.findings = append(l.findings, Finding{Check: l.subject + "." + check, Level: level, Found: found, Do: do})
}

// Unreachable is the finding for what does not answer.
func Unreachable(check string, err error, do string) Finding {
	return Finding{Check: check, Level: Fail, Found: err.Error(), Do: do}
}

// span writes a duration as people say it.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond / 10).String()
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < 48*time.Hour:
		return d.Round(time.Minute).String()[:len(d.Round(time.Minute).String())-2] // without the seconds
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// count writes a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
