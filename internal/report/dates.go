package report

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/format"
)

func (l *locale) at(ms float64) time.Time { return time.UnixMilli(int64(ms)).In(l.zone) }

// day writes 2 Sep 2002.
func (l *locale) day(t time.Time) string {
	return l.numbers.Digits(t.Day(), 1) + " " + l.Months[t.Month()-1] + " " + l.numbers.Digits(t.Year(), 1)
}

func (l *locale) clock(t time.Time) string {
	return l.numbers.Digits(t.Hour(), 2) + ":" + l.numbers.Digits(t.Minute(), 2)
}

// dateTime writes a point in time: a day alone where it is a midnight.
func (l *locale) dateTime(ms float64) string {
	t := l.at(ms)
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return l.day(t)
	}
	return l.day(t) + " " + l.clock(t)
}

// period writes a half-open range by its first and last day, or by its times where it does not begin and end at midnight.
func (l *locale) period(r *format.Range) string {
	from, to := r.From.In(l.zone), r.To.In(l.zone)
	if midnight(from) && midnight(to) {
		last := to.AddDate(0, 0, -1)
		if !last.After(from) {
			return l.day(from)
		}
		return l.day(from) + " – " + l.day(last)
	}
	return l.day(from) + " " + l.clock(from) + " – " + l.day(to) + " " + l.clock(to)
}

func midnight(t time.Time) bool { return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 }

// bucket writes the start of a bucket on an axis, as short as its grain allows. before is the label's predecessor, zero for the first: what it
// already says is left out.
func (l *locale) bucket(ms float64, grain string, before float64) string {
	t := l.at(ms)
	first := before == 0
	prev := l.at(before)
	switch grain {
	case "minute", "hour":
		if first || prev.YearDay() != t.YearDay() || prev.Year() != t.Year() {
			if midnight(t) {
				return l.numbers.Digits(t.Day(), 1) + " " + l.Months[t.Month()-1]
			}
			return l.numbers.Digits(t.Day(), 1) + " " + l.Months[t.Month()-1] + " " + l.clock(t)
		}
		return l.clock(t)
	case "month":
		if first || prev.Year() != t.Year() {
			return l.Months[t.Month()-1] + " " + l.numbers.Digits(t.Year(), 1)
		}
		return l.Months[t.Month()-1]
	case "quarter":
		return l.Quarter + l.numbers.Digits((int(t.Month())+2)/3, 1) + " " + l.numbers.Digits(t.Year(), 1)
	case "year":
		return l.numbers.Digits(t.Year(), 1)
	}
	if first || prev.Year() != t.Year() {
		return l.day(t)
	}
	return l.numbers.Digits(t.Day(), 1) + " " + l.Months[t.Month()-1]
}

// bucketFull names a bucket in a table.
func (l *locale) bucketFull(ms float64, grain string) string {
	t := l.at(ms)
	switch grain {
	case "month":
		return l.Months[t.Month()-1] + " " + l.numbers.Digits(t.Year(), 1)
	case "quarter", "year":
		return l.bucket(ms, grain, 0)
	}
	return l.dateTime(ms)
}
