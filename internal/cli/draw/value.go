package draw

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/locale"
)

// show writes a value as its unit says.
func (f *field) show(v any) string {
	switch v := v.(type) {
	case nil:
		if f.Config.NoValue != "" {
			return clean(f.Config.NoValue)
		}
		return "–"
	case float64:
		if f.Type == "time" {
			return time.UnixMilli(int64(v)).UTC().Format("2006-01-02 15:04")
		}
		return number(v, f.Config.Unit, f.Config.Decimals)
	case bool:
		return strconv.FormatBool(v)
	case string:
		for _, m := range f.Config.Mappings {
			if option, ok := m.Options[v]; ok {
				return clean(option.Text)
			}
		}
		return clean(v)
	}
	return clean(fmt.Sprint(v))
}

// english writes the terminal's numbers: what stands around them is English, too.
//
//nolint:gochecknoglobals // a constant, made when it is first needed
var english = sync.OnceValue(func() *locale.Locale { return locale.Of("en") })

func number(v float64, unit string, decimals *int) string {
	return english().Brief(v, clean(unit), decimals)
}

// cells returns how many cells a text takes; wide scripts take two a letter.
func cells(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r >= 0x300 && r <= 0x36f: // combining marks
		case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
			r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0x1f300 && r <= 0x1faff:
			n += 2
		default:
			n++
		}
	}
	return n
}

// fit clips or pads a text to a width.
func fit(s string, width int, right bool) string {
	if n := cells(s); n > width {
		var b strings.Builder
		used := 0
		for _, r := range s {
			w := cells(string(r))
			if used+w > width-1 {
				break
			}
			b.WriteRune(r)
			used += w
		}
		s = b.String() + "…"
	}
	pad := strings.Repeat(" ", max(0, width-cells(s)))
	if right {
		return pad + s
	}
	return s + pad
}
