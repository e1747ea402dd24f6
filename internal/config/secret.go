package config

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
)

const hidden = "***"

// Secret is a value that no print-out shows. It is held behind a function, so that even a
// formatter that walks unexported fields finds an address and no text.
type Secret struct{ reveal func() string }

// NewSecret hides s.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return s }}
}

// Reveal returns the value, for the driver that needs it.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero says that the secret is empty.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Equal compares the values.
func (s Secret) Equal(o Secret) bool { return s.Reveal() == o.Reveal() }

// String returns asterisks, or nothing for an empty secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return hidden
}

// Format writes String whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// GoString returns String.
func (s Secret) GoString() string { return s.String() }

// MarshalText returns String; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// URL is an address whose print-outs hide user, password and unknown query values.
type URL struct{ s Secret }

// NewURL wraps an address.
func NewURL(s string) URL { return URL{NewSecret(s)} }

// Reveal returns the address as it was given.
func (u URL) Reveal() string { return u.s.Reveal() }

// IsZero says that the address is empty.
func (u URL) IsZero() bool { return u.s.IsZero() }

// Equal compares the addresses.
func (u URL) Equal(o URL) bool { return u.s.Equal(o.s) }

// String returns the address without what may be secret.
func (u URL) String() string { return redactURL(u.s.Reveal()) }

// Format writes String whatever the verb.
func (u URL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.String()) }

// MarshalText returns String.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// LogValue returns String.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// Query holds connection options (a=b&c=d) whose print-outs hide the values of unknown names.
type Query struct{ s Secret }

// NewQuery wraps options.
func NewQuery(s string) Query { return Query{NewSecret(strings.TrimPrefix(s, "?"))} }

// Reveal returns the options as they were given, without a leading question mark.
func (q Query) Reveal() string { return q.s.Reveal() }

// IsZero says that there are none.
func (q Query) IsZero() bool { return q.s.IsZero() }

// Equal compares the options.
func (q Query) Equal(o Query) bool { return q.s.Equal(o.s) }

// String returns the options without what may be secret.
func (q Query) String() string { return redactQuery(q.s.Reveal()) }

// Format writes String whatever the verb.
func (q Query) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, q.String()) }

// MarshalText returns String.
func (q Query) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// LogValue returns String.
func (q Query) LogValue() slog.Value { return slog.StringValue(q.String()) }

// redactURL works on text and not on a parsed URL: MongoDB's addresses name many hosts, and a
// password with an unescaped character must be hidden all the more. Everything up to the last @ goes.
func redactURL(s string) string {
	base, query, found := strings.Cut(s, "?")
	if at := strings.LastIndexByte(s, '@'); at > len(base) {
		// A question mark inside a password, or an @ in the query: hide up to it either way.
		base, query, found = s, "", false
	}
	scheme, rest, ok := strings.Cut(base, "://")
	if !ok {
		scheme, rest = "", base
	} else {
		scheme += "://"
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = hidden + rest[at:]
	}
	if found {
		rest += "?" + redactQuery(query)
	}
	return scheme + rest
}

func redactQuery(s string) string {
	if s == "" {
		return ""
	}
	harmless := []string{"appname", "authsource", "directconnection", "readpreference", "replicaset", "retrywrites", "ssl", "tls", "w"}
	parts := strings.Split(s, "&")
	for i, p := range parts {
		name, value, ok := strings.Cut(p, "=")
		switch {
		case !ok:
			parts[i] = hidden
		case value != "" && !slices.Contains(harmless, strings.ToLower(name)):
			parts[i] = name + "=" + hidden
		}
	}
	return strings.Join(parts, "&")
}
