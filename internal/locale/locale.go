// Package locale writes numbers as readers of a language expect them: digits, separators, signs and the words of units, by CLDR
// (golang.org/x/text). Reports, workbooks' texts and the terminal write theirs with it, and results carry its Format for whoever draws them.
//
// It knows English and Arabic, and regions that write otherwise: en-IN, and Western digits in the Maghreb. A tag may name its digits, as ar-u-nu-latn does.
// Whoever asks for another language reads English. It writes no dates and no sentences.
package locale

import (
	"math"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Locale writes numbers. It is used from many goroutines.
type Locale struct {
	// Language is en or ar.
	Language string
	words    words
	printer  *message.Printer
}

// words are those of units.
type words struct{ days, hours, minutes, seconds, millis, thousand, million, billion string }

// Base returns the language of a tag as labels have it: its first part in lower case, and ar and en for their English names.
func Base(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(tag)), "_", "-"), "-")
	switch base {
	case "arabic":
		return "ar"
	case "english":
		return "en"
	}
	return base
}

// Of returns the locale of a language tag such as ar, ar-MA or en_US.
func Of(tag string) *Locale {
	l := &Locale{Language: "en", words: words{"d", "h", "min", "s", "ms", "K", "M", "B"}}
	known := language.English
	asked, err := language.Parse(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	switch Base(tag) {
	case "ar":
		l.Language, known = "ar", language.Arabic
		l.words = words{"يوم", "س", "د", "ث", "م.ث", " ألف", " مليون", " مليار"}
		if err == nil {
			known = arabic(asked)
		}
	case "en":
		if err == nil {
			known = asked
		}
	}
	l.printer = message.NewPrinter(known)
	return l
}

// arabic is the tag that numbers of a tag are written by. The tables of x/text have Western digits for most regions, which CLDR has
// for those of the Maghreb alone.
func arabic(asked language.Tag) language.Tag {
	if digits := asked.TypeForKey("nu"); digits == "latn" || digits == "arab" {
		if t, err := language.Arabic.SetTypeForKey("nu", digits); err == nil {
			return t
		}
	}
	switch region, _ := asked.Region(); region.String() {
	case "DZ", "EH", "LY", "MA", "TN":
		return asked
	}
	return language.Arabic
}

// Decimal writes a number with its separators, and at most so many places.
func (l *Locale) Decimal(v float64, places int) string {
	return l.printer.Sprint(number.Decimal(v, number.MaxFractionDigits(places)))
}

// Digits writes a whole number without separators, to a width: years, hours.
func (l *Locale) Digits(n, width int) string {
	return l.printer.Sprint(number.Decimal(n, number.NoSeparator(), number.MinIntegerDigits(width)))
}

// Percent writes a ratio as a percentage with at most one place.
func (l *Locale) Percent(ratio float64) string {
	return l.printer.Sprint(number.Percent(ratio, number.MaxFractionDigits(1)))
}

// Sprintf is fmt's, with numbers as the locale writes them.
func (l *Locale) Sprintf(text string, args ...any) string { return l.printer.Sprintf(text, args...) }

// Number writes a number in full, with its unit: Grafana's name of one, or text behind "suffix:". Without decimals it has at most two.
func (l *Locale) Number(v float64, unit string, decimals *int) string {
	places := 2
	if decimals != nil {
		places = *decimals
	}
	switch unit {
	case "percentunit":
		return l.Percent(v)
	case "percent":
		return l.Percent(v / 100)
	case "s":
		return l.Span(v)
	case "ms":
		return l.Span(v / 1000)
	case "m", "min":
		return l.Span(v * 60)
	}
	if bare(unit) {
		return l.Decimal(v, places)
	}
	return l.Decimal(v, places) + " " + Unit(unit)
}

// Unit is a unit as it is read; one of the catalog's own has Grafana's prefix.
func Unit(unit string) string { return strings.TrimSpace(strings.TrimPrefix(unit, "suffix:")) }

func bare(unit string) bool { return unit == "" || unit == "short" || unit == "none" }

// Brief writes a number where there is little room: axes and bars.
func (l *Locale) Brief(v float64, unit string, decimals *int) string {
	a := math.Abs(v)
	switch {
	case !bare(unit) || a < 1e4:
		return l.Number(v, unit, decimals)
	case a >= 1e9:
		return l.Decimal(v/1e9, 1) + l.words.billion
	case a >= 1e6:
		return l.Decimal(v/1e6, 1) + l.words.million
	}
	return l.Decimal(v/1e3, 1) + l.words.thousand
}

// Span writes a duration in its two largest units.
func (l *Locale) Span(seconds float64) string {
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	two := func(n float64, unit string, rest float64, small string) string {
		text := sign + l.Decimal(n, 0) + " " + unit
		if math.Round(rest) > 0 {
			text += " " + l.Decimal(rest, 0) + " " + small
		}
		return text
	}
	w := &l.words
	switch {
	case seconds == 0:
		return l.Decimal(0, 0)
	case seconds < 1:
		return sign + l.Decimal(seconds*1000, 0) + " " + w.millis
	case seconds < 60:
		return sign + l.Decimal(seconds, 1) + " " + w.seconds
	case seconds < 3600:
		return two(math.Floor(seconds/60), w.minutes, math.Mod(math.Floor(seconds), 60), w.seconds)
	case seconds < 48*3600:
		return two(math.Floor(seconds/3600), w.hours, math.Mod(math.Floor(seconds/60), 60), w.minutes)
	}
	return two(math.Floor(seconds/86400), w.days, math.Mod(math.Floor(seconds/3600), 24), w.hours)
}
