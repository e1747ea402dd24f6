package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/format"
	numbers "github.com/go-dispatcher/dispatcher/internal/locale"
)

// locale writes numbers and times as readers of a language expect them: words, digits, separators.
type locale struct {
	*words
	numbers *numbers.Locale
	zone    *time.Location
}

// newLocale knows Arabic and English; whoever asks for another language reads English. A zone that is not known is UTC.
func newLocale(tag, zone string) *locale {
	l := &locale{words: english(), numbers: numbers.Of(tag), zone: time.UTC}
	if l.numbers.Language == "ar" {
		l.words = arabic()
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
		return clean(f.Config.Read(v))
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
	return l.numbers.Number(v, clean(c.Unit), c.Decimals)
}

// brief writes a number where there is little room: axes and bars.
func (l *locale) brief(v float64, c *format.Config) string {
	return l.numbers.Brief(v, clean(c.Unit), c.Decimals)
}

// change writes a change as a share, without its sign: an arrow says that.
func (l *locale) change(ratio float64) string { return l.numbers.Percent(math.Abs(ratio)) }

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
