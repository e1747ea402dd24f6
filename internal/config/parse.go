package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// assign reads raw into the variable's field. It returns what was expected where raw is not that.
func (v variable) assign(c *Config, raw string) (expected string) {
	if _, secret := v.into(c).(*Secret); !secret {
		raw = strings.TrimSpace(raw)
	}
	ok := true
	switch p := v.into(c).(type) {
	case *string:
		*p, ok = raw, v.text(raw)
	case *Secret:
		*p = NewSecret(raw)
	case *Query:
		*p = NewQuery(raw)
	case *URL:
		*p, ok = NewURL(raw), v.address(raw)
	case *bool:
		*p, ok = parseBool(raw)
	case *int:
		var n int64
		n, ok = v.number(raw)
		*p = int(n)
	case *int64:
		*p, ok = v.number(raw)
	case *time.Duration:
		var n int64
		n, ok = v.number(raw)
		*p = time.Duration(n) * v.unitLength()
	case *Daily:
		*p, ok = ParseDaily(raw)
	case *slog.Level:
		ok = slices.Contains(v.oneOf, strings.ToLower(raw)) && p.UnmarshalText([]byte(raw)) == nil
	default:
		ok = false
	}
	if ok {
		return ""
	}
	return v.expected()
}

func (v variable) text(raw string) bool {
	switch {
	case len(v.oneOf) > 0:
		return slices.Contains(v.oneOf, raw)
	case v.host:
		// A colon may belong to an IPv6 address; a port would leave exactly one.
		return !strings.ContainsAny(raw, "/@ \t") && strings.Count(raw, ":") != 1
	case v.path:
		return strings.HasPrefix(raw, "/") && !strings.ContainsAny(raw, " \t?#")
	}
	return !strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func (v variable) address(raw string) bool {
	scheme, rest, ok := strings.Cut(raw, "://")
	return ok && rest != "" && !strings.ContainsAny(raw, " \t\r\n") && slices.Contains(v.schemes, strings.ToLower(scheme))
}

func (v variable) number(raw string) (int64, bool) {
	n, err := strconv.ParseInt(raw, 10, 64)
	return n, err == nil && n >= v.min && (v.max == 0 || n <= v.max)
}

func (v variable) unitLength() time.Duration {
	if v.unit == "ms" {
		return time.Millisecond
	}
	return time.Second
}

func parseBool(raw string) (value, ok bool) {
	switch strings.ToLower(raw) {
	case "1", "true", "yes":
		return true, true
	case "0", "false", "no":
		return false, true
	}
	return false, false
}

// expected says what the variable takes, for errors.
func (v variable) expected() string {
	switch v.into(new(Config)).(type) {
	case *bool:
		return "1, true or yes, or 0, false or no, in any case"
	case *Daily:
		return "times of day and a time zone, such as 06:00 or 00:05,12:30 Europe/Berlin"
	case *URL:
		return "a URL that begins with " + join(v.schemes, "://")
	case *int, *int64, *time.Duration:
		what := "a whole number"
		switch v.unit {
		case "ms":
			what += " of milliseconds"
		case "s":
			what += " of seconds"
		}
		if v.max == 0 {
			return fmt.Sprintf("%s, %d or more", what, v.min)
		}
		return fmt.Sprintf("%s from %d to %d", what, v.min, v.max)
	}
	switch {
	case len(v.oneOf) > 0:
		return join(v.oneOf, "")
	case v.host:
		return "a host name or address, without scheme and port"
	case v.path:
		return "a path that begins with /, without query"
	}
	return "text without control characters"
}

// typeName is expected in one or two words, for tables.
func (v variable) typeName() string {
	switch v.into(new(Config)).(type) {
	case *bool:
		return "boolean"
	case *URL:
		return "URL"
	case *Secret:
		return "secret"
	case *Query:
		return "options"
	case *Daily:
		return "times of day"
	case *time.Duration:
		if v.unit == "ms" {
			return "milliseconds"
		}
		return "seconds"
	case *int, *int64:
		return "number"
	}
	if len(v.oneOf) > 0 {
		return join(v.oneOf, "")
	}
	return "text"
}

// show formats the field as one would set it, without what may be secret.
func (v variable) show(c *Config) string {
	switch p := v.into(c).(type) {
	case *string:
		return *p
	case *time.Duration:
		return strconv.FormatInt(int64(*p/v.unitLength()), 10)
	case *int:
		return strconv.Itoa(*p)
	case *int64:
		return strconv.FormatInt(*p, 10)
	case *bool:
		return strconv.FormatBool(*p)
	case *slog.Level:
		return strings.ToLower(p.String())
	case fmt.Stringer:
		return p.String()
	}
	return ""
}

func (v variable) isSecret() bool {
	_, ok := v.into(new(Config)).(*Secret)
	return ok
}

// given is what an error may show of a value that was refused.
func (v variable) given(raw string) string {
	switch v.into(new(Config)).(type) {
	case *Secret, *Query:
		return "a value that is not shown"
	case *URL:
		raw = redactURL(raw)
	}
	// A host or a number with an @ is most likely an address with credentials in the wrong place.
	if strings.ContainsAny(raw, "@") {
		raw = redactURL(raw)
	}
	const most = 80
	if r := []rune(raw); len(r) > most {
		raw = string(r[:most]) + "…"
	}
	return strconv.Quote(raw)
}

func join(words []string, suffix string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w + suffix
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	return strings.Join(out[:len(out)-1], ", ") + " or " + out[len(out)-1]
}
