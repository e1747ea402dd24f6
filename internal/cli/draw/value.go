package draw

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
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
		return clean(v)
	}
	return clean(fmt.Sprint(v))
}

func number(v float64, unit string, decimals *int) string {
	places := -1
	if decimals != nil {
		places = *decimals
	}
	switch unit {
	case "percentunit":
		return trim(v*100, 1) + " %"
	case "percent":
		return trim(v, 1) + " %"
	case "s":
		return span(time.Duration(v * float64(time.Second)))
	case "ms":
		return span(time.Duration(v * float64(time.Millisecond)))
	case "min", "m":
		return trim(v, max(places, 1)) + " min"
	case "", "short", "none":
		return short(v, places)
	}
	return short(v, places) + " " + clean(strings.TrimSpace(strings.TrimPrefix(unit, "suffix:")))
}

func short(v float64, places int) string {
	switch a := math.Abs(v); {
	case a >= 1e9:
		return trim(v/1e9, 2) + " B"
	case a >= 1e6:
		return trim(v/1e6, 2) + " M"
	case a >= 1e4:
		return trim(v/1e3, 1) + " k"
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	if places < 0 {
		places = 2
	}
	return trim(v, places)
}

func trim(v float64, places int) string {
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func span(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	switch {
	case d < time.Second:
		return sign + trim(float64(d)/float64(time.Millisecond), 0) + " ms"
	case d < time.Minute:
		return sign + trim(d.Seconds(), 1) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%s%d min %d s", sign, int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%s%d h %d min", sign, int(d.Hours()), int(d.Minutes())%60)
	}
	return sign + trim(d.Hours()/24, 1) + " days"
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
