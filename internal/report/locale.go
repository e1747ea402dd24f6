package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/go-dispatcher/dispatcher/internal/format"
)

// locale writes numbers and times as readers of a language expect them: words, digits, separators.
type locale struct {
	*words
	printer *message.Printer
	zone    *time.Location
}

// newLocale knows Arabic and English; whoever asks for another language reads English. A zone that is not known is UTC.
func newLocale(tag, zone string) *locale {
	l := &locale{words: english(), printer: message.NewPrinter(language.English), zone: time.UTC}
	if base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-"); base == "ar" || base == "arabic" {
		l.words, l.printer = arabic(), message.NewPrinter(language.Arabic)
	}
	if z, err := time.LoadLocation(zone); err == nil && zone != "Local" {
		l.zone = z
	}
	return l
}

// locale is that of the report's reader.
func (r *Report) locale() *locale {
	if r.Range == nil {
		return newLocale(r.Language, "UTC")
	}
	return newLocale(r.Language, r.Range.Zone)
}

// decimal writes a number with its separators, and at most so many places.
func (l *locale) decimal(v float64, places int) string {
	return l.printer.Sprint(number.Decimal(v, number.MaxFractionDigits(places)))
}

// digits writes a whole number without separators, to a width: years, hours.
func (l *locale) digits(n, width int) string {
	return l.printer.Sprint(number.Decimal(n, number.NoSeparator(), number.MinIntegerDigits(width)))
}

func (l *locale) percent(ratio float64) string {
	return l.printer.Sprint(number.Percent(ratio, number.MaxFractionDigits(1)))
}

// value writes a cell as its column says.
func (l *locale) value(v any, f *format.Field) string {
	switch v := v.(type) {
	case nil:
		if f.Config.NoValue != "" {
			return clean(f.Config.NoValue)
		}
		return "–"
	case bool:
		if v {
			return l.Yes
		}
		return l.No
	case string:
		return clean(v)
	}
	n, ok := float(v)
	switch {
	case !ok:
		return clean(fmt.Sprint(v))
	case f.Type == "time" || strings.HasPrefix(f.Config.Unit, "dateTime"):
		return l.dateTime(n)
	case f.Role == "dimension" && f.Name == "weekday" && n >= 0 && n <= 6:
		return l.Weekdays[int(n)]
	}
	return l.number(n, &f.Config)
}

// number writes a number in full, with its unit.
func (l *locale) number(v float64, c *format.Config) string {
	places := 2
	if c.Decimals != nil {
		places = *c.Decimals
	}
	switch c.Unit {
	case "percentunit":
		return l.percent(v)
	case "percent":
		return l.percent(v / 100)
	case "s":
		return l.span(v)
	case "ms":
		return l.span(v / 1000)
	case "m", "min":
		return l.span(v * 60)
	case "", "short", "none":
		return l.decimal(v, places)
	}
	return l.decimal(v, places) + " " + unitOf(c)
}

// unitOf is a unit as it is read; one of the catalog's own has Grafana's prefix.
func unitOf(c *format.Config) string {
	return clean(strings.TrimSpace(strings.TrimPrefix(c.Unit, "suffix:")))
}

// brief writes a number where there is little room: axes and bars.
func (l *locale) brief(v float64, c *format.Config) string {
	if c.Unit != "" && c.Unit != "short" && c.Unit != "none" {
		return l.number(v, c)
	}
	for _, scale := range []struct {
		from float64
		name string
	}{{1e9, l.Billion}, {1e6, l.Million}, {1e4, l.Thousand}} {
		if math.Abs(v) < scale.from {
			continue
		}
		by := scale.from
		if by == 1e4 {
			by = 1e3
		}
		sep := ""
		if l.Dir == "rtl" {
			sep = " "
		}
		return l.decimal(v/by, 1) + sep + scale.name
	}
	return l.decimal(v, 2)
}

// span writes a duration in its two largest units.
func (l *locale) span(seconds float64) string {
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	two := func(n float64, unit string, rest float64, small string) string {
		if math.Round(rest) == 0 {
			return sign + l.decimal(n, 0) + " " + unit
		}
		return sign + l.decimal(n, 0) + " " + unit + " " + l.decimal(rest, 0) + " " + small
	}
	switch {
	case seconds == 0:
		return l.decimal(0, 0)
	case seconds < 1:
		return sign + l.decimal(seconds*1000, 0) + " " + l.Millis
	case seconds < 60:
		return sign + l.decimal(seconds, 1) + " " + l.Seconds
	case seconds < 3600:
		return two(math.Floor(seconds/60), l.Minutes, math.Mod(math.Floor(seconds), 60), l.Seconds)
	case seconds < 48*3600:
		return two(math.Floor(seconds/3600), l.Hours, math.Mod(math.Floor(seconds/60), 60), l.Minutes)
	}
	return two(math.Floor(seconds/86400), l.Days, math.Mod(math.Floor(seconds/3600), 24), l.Hours)
}

// change writes a change as a share, without its sign: an arrow says that.
func (l *locale) change(ratio float64) string { return l.percent(math.Abs(ratio)) }

// float reads a number of a result, as made here or as read from JSON.
func float(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	case int:
		return float64(n), true
	}
	return 0, false
}

// pixels is about how wide a text is at the charts' size of letters.
func pixels(s string) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case r >= 0x300 && r <= 0x36f, r >= 0x64b && r <= 0x65f, r >= 0x2066 && r <= 0x2069: // marks take no room
		case r >= 0x600 && r <= 0x6ff:
			w += 6
		case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff, r >= 0xff00 && r <= 0xff60, r >= 0x1f300:
			w += 12
		case strings.ContainsRune("il.,:;'|!j", r):
			w += 3.3
		case strings.ContainsRune("mwMWـ@%", r):
			w += 9.5
		default:
			w += 6.6
		}
	}
	return w
}

// fit clips a text to a width.
func fit(s string, width float64) string {
	if pixels(s) <= width {
		return s
	}
	at := 0
	for i := range s {
		if pixels(s[:i]) > width-9 {
			break
		}
		at = i
	}
	return s[:at] + "…"
}

// isolate keeps a text of unknown direction from turning what stands around it.
func isolate(s string) string {
	if s == "" {
		return ""
	}
	return "\u2068" + s + "\u2069"
}

// clean takes out what is no text: control characters, and those that turn the direction of writing.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < 0x20 || r >= 0x7f && r <= 0x9f:
			return -1
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x61c:
			return -1
		case r == 0xfeff || r >= 0xe0000 && r <= 0xe007f:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// short clips a text to a number of letters, for cells of tables.
func short(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

func itoa(n int) string { return strconv.Itoa(n) }
